/** What a broker is told of its connections to Redis. */
export interface LinkEvents {
  message(channel: string, message: Buffer): void;
  /** A connection for commands is there, for the first time or again, for those channels. */
  ready(isMeant: (channel: string) => boolean): void;
  /** A connection for subscriptions is there, for the first time or again, and none to those channels is made yet. */
  up(isMeant: (channel: string) => boolean): void;
  error(error: Error): void;
}

/**
 * Two connections to Redis, or to each node of a cluster, one for subscriptions and one for commands, made like the
 * client that the user has brought. All connect again by themselves; commands that were under way then are not
 * sent again.
 */
export interface RedisLink {
  /** Whether commands about a channel can be sent. */
  isReady(channel: string): boolean;
  /** Whether a channel can be subscribed to. */
  isSubscribable(channel: string): boolean;
  open(events: LinkEvents): void;
  /**
   * @param channel what the command is about: a cluster has its keys where it has the channel
   * @returns resolves with the reply, strings as Buffers; rejects where the connection is lost before
   */
  command(parts: readonly (string | Uint8Array)[], channel: string): Promise<unknown>;
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  close(): void;
}

/** All channels are meant: there is one server. */
export function everyChannel(): boolean {
  return true;
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
