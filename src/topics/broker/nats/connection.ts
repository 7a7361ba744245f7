import { WebSocketError } from "../../../errors.ts";

/** A subscription of a client of NATS. */
export interface NatsSubscription {
  /** Ends it. */
  unsubscribe(): void;
}

/** A message, as a client of NATS gives it. */
export interface NatsMessage {
  /** Its bytes. */
  readonly data: Uint8Array;
  /** Where an answer is to go. */
  readonly reply?: string;
  /** What stands before it: a status code, and fields. */
  readonly headers?: {
    /** The status code of a message that has nothing else, such as 404; 0 for other messages. */
    readonly code: number;
    /** A field, or an empty text. */
    get(name: string): string;
  };
}

/** What is used of a connection to NATS, as both packages have it. */
export interface NatsConnection {
  /** Publishes bytes. Throws where the connection is closed. */
  publish(subject: string, data: Uint8Array): void;
  /** Subscribes; the client does it again whenever it has connected again. */
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: NatsMessage) => void },
  ): NatsSubscription;
  /** Publishes, and resolves with the answer. Rejects where none comes within `timeout` milliseconds. */
  request(
    subject: string,
    data: Uint8Array | string,
    options: { timeout: number },
  ): Promise<NatsMessage>;
  /** Publishes, and gives each of several answers. */
  requestMany(subject: string, data: string, options: object): Promise<AsyncIterable<NatsMessage>>;
  /** Resolves when the server has all that was sent; rejects where the connection is lost before. */
  flush(): Promise<void>;
  /** What happens to the connection. */
  status(): AsyncIterable<{ readonly type: string }>;
  /** Resolves when the client has given up, or was told to close. */
  closed(): Promise<unknown>;
  /** Whether it is closed for good. */
  isClosed(): boolean;
}

/** @param cause what the client says of it */
export function natsGone(cause?: unknown): WebSocketError {
  return new WebSocketError("BROKER_GONE", "NATS is away", cause ? { cause } : {});
}
