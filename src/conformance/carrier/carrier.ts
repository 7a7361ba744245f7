/** What carries a WebSocket, as the judge uses it: bytes out in any pace, bytes in, one end. */

/** How bytes are handed to the network. */
export interface Pace {
  /** Write in pieces of this many bytes, each in a turn of the event loop of its own. */
  readonly chop?: number;
  /** Write in a turn of the event loop of its own. */
  readonly alone?: boolean;
}

/** What a carrier reports. */
export interface CarrierEvents {
  data(chunk: Buffer): void;
  /** The connection is gone, whoever ended it; `reset` if it was not ended in order. Called once. */
  gone(reset: boolean): void;
}

/** TCP, TLS, or a stream of HTTP/2. */
export interface Carrier {
  /** Bytes that were sent and are still here. */
  readonly waiting: number;
  /** Sends bytes in order after all that was sent before. */
  send(bytes: Buffer, pace?: Pace): void;
  /** Closes after the bytes already written have left; what waits to be written is dropped. */
  finish(): void;
  /** Drops the connection at once. */
  abort(): void;
  /** Stops reading, or goes on. */
  pause(stop: boolean): void;
}
