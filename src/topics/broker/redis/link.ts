/** What a broker is told of its connections to Redis. */
export interface LinkEvents {
  message(channel: string, message: Buffer): void;
  /** The connection for commands is there, for the first time or again. */
  ready(): void;
  /** The connection for subscriptions is there, for the first time or again, and none is made yet. */
  up(): void;
  error(error: Error): void;
}

/**
 * Two connections to Redis, one for subscriptions and one for commands, made like the client that the user
 * has brought. Both connect again by themselves; commands that were under way then are not sent again.
 */
export interface RedisLink {
  /** Whether commands can be sent. */
  readonly ready: boolean;
  /** Whether subscriptions can be made. */
  readonly subscribable: boolean;
  open(events: LinkEvents): void;
  /** @returns resolves with the reply, strings as Buffers; rejects where the connection is lost before */
  command(parts: readonly (string | Uint8Array)[]): Promise<unknown>;
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  close(): void;
}

/** Milliseconds of silence after which a connection is asked whether it is still there. */
export const PING_INTERVAL = 10_000;
/** Milliseconds of silence after which a connection counts as lost. */
export const SILENCE_TIMEOUT = 30_000;

/** What both clients take as it is: other views would be sent as lists of numbers. */
export function asBuffers(parts: readonly (string | Uint8Array)[]): (string | Buffer)[] {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    return Buffer.from(part.buffer, part.byteOffset, part.length);
  });
}
