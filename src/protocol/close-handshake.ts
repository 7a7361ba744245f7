import { CloseCode } from "./close-code.ts";

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
  /** §7.1.4: whether both sides sent a Close frame. */
  readonly clean: boolean;
  /** The failure that ended the connection, where one did. */
  readonly error: Error | undefined;
  /** Messages that arrived after this side had begun to close, and were dropped. */
  readonly discarded: number;
}

/**
 * The states of the closing handshake (RFC 6455 §7). While no Close frame was sent or received, and
 * there was no failure, the connection is open.
 */
export class CloseHandshake {
  /** §7.1.3: "closing" in the RFC's terms from the first of the two frames on. */
  #sent = false;
  #received = false;
  #initiator: CloseInitiator = "none";
  #code: number = CloseCode.abnormal;
  #reason = "";
  /** Why this side failed the connection (§7.1.7). */
  error: Error | undefined;

  /** Whether this side's Close has been sent: no frame may follow it (§5.5.1). */
  get sent(): boolean {
    return this.#sent;
  }

  /** Whether the peer's Close has come: whatever follows it is ignored (§1.4). */
  get received(): boolean {
    return this.#received;
  }

  /** Both frames have passed: TCP may be closed, by the server first (§7.1.1). */
  get complete(): boolean {
    return this.#sent && this.#received;
  }

  /** This side sends its Close frame. */
  onSent(): void {
    this.#sent = true;
    if (this.#initiator === "none") this.#initiator = "local";
  }

  /** The peer's Close frame has come. */
  onReceived(code: number, reason: string): void {
    this.#received = true;
    this.#code = code;
    this.#reason = reason;
    if (this.#initiator === "none") this.#initiator = "peer";
  }

  /** The result, once TCP is gone. */
  get info(): Omit<CloseInfo, "discarded"> {
    return {
      code: this.#code,
      reason: this.#reason,
      initiator: this.#initiator,
      clean: this.complete,
      error: this.error,
    };
  }
}

/**
 * §5.5.1: a peer's Close is answered with one that, as a rule, echoes its code.
 *
 * @returns the code to send back, undefined for a Close frame without one
 */
export function echoedCode(received: number): number | undefined {
  return received === CloseCode.noStatus ? undefined : received;
}
