/** Who began to close: this side, the peer, or nobody where the connection just broke. */
export type CloseInitiator = "local" | "peer" | "none";

/** How a connection ended (RFC 6455 §7.1.5, §7.1.6). */
export interface CloseInfo {
  /** Close code: the peer's, 1005 if its Close had none, 1006 if no Close frame came. */
  readonly code: number;
  /** The peer's reason, `""` for none. */
  readonly reason: string;
  /** Who sent the first Close frame. */
  readonly initiator: CloseInitiator;
  /** §7.1.4: whether this side's Close frame was handed to the system, and the peer's has come. */
  readonly clean: boolean;
  /** The failure that ended the connection, where one did. */
  readonly error: Error | undefined;
  /** Messages that arrived after this side had begun to close, and were dropped. */
  readonly discarded: number;
}
