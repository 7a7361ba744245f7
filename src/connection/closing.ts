import type { Socket } from "node:net";
import { ConnectionClosedError, type ProtocolError, WebSocketError } from "../errors.ts";
import { CloseHandshake, type CloseInfo, echoedCode } from "../protocol/close-handshake.ts";
import { firstByte } from "../protocol/frame-writer.ts";
import { Opcode } from "../protocol/opcode.ts";
import { closePayload } from "./control-payloads.ts";
import type { ConnectionSettings } from "./options.ts";
import type { Input } from "./receiving/receiver.ts";
import type { Sender } from "./sending/sender.ts";

/** What closing wants to know of its connection. */
export interface ClosingOwner {
  readonly socket: Socket;
  readonly settings: ConnectionSettings;
}

/**
 * The end of a connection (RFC 6455 §7): the closing handshake and its deadline, and TCP's end behind
 * it. An object of this class exists only once something of that has happened, or somebody has asked for
 * {@link closed}: on an idle connection nine fields would take 64 bytes more.
 */
export class Closing {
  readonly #owner: ClosingOwner;
  readonly #input: Input;
  readonly #sender: Sender;
  readonly #handshake = new CloseHandshake();
  #called = false;
  /** Whether this side has ended TCP: nothing can be written any more. */
  #ending = false;
  #timer: NodeJS.Timeout | undefined;
  #answerTimer: NodeJS.Timeout | undefined;
  /** Sends the Close frame that waits for its turn, see #closeInTurn. */
  #pending: (() => void) | undefined;
  #discarded = 0;
  #info: CloseInfo | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #resolveClosed: ((info: CloseInfo) => void) | undefined;

  constructor(owner: ClosingOwner, input: Input, sender: Sender) {
    this.#owner = owner;
    this.#input = input;
    this.#sender = sender;
  }

  /** See `Connection.state`. */
  get state(): "open" | "closing" | "closed" {
    if (this.#info !== undefined) return "closed";
    return this.#handshake.sent || this.#ending ? "closing" : "open";
  }

  /** Whether {@link close} was called, which may have to wait for messages that take time to send. */
  get called(): boolean {
    return this.#called;
  }

  /** Whether a Close frame waits for its turn: the peer has no reason to speak. */
  get waiting(): boolean {
    return this.#pending !== undefined;
  }

  /** Whether {@link close} was called, there was a Close frame or a failure, or TCP has ended. */
  get begun(): boolean {
    const { sent, received, error } = this.#handshake;
    return (
      this.#called ||
      sent ||
      received ||
      error !== undefined ||
      this.#ending ||
      this.#info !== undefined
    );
  }

  /** Resolves with how the connection ended, once it has. */
  get closed(): Promise<CloseInfo> {
    this.#closed ??=
      this.#info !== undefined
        ? Promise.resolve(this.#info)
        : new Promise((resolve) => {
            this.#resolveClosed = resolve;
          });
    return this.#closed;
  }

  /** The user closes the connection. */
  close(code: number, reason: string): void {
    if (this.#info !== undefined) return;
    this.#called = true;
    this.#startTimer();
    // Also while the Close waits for its turn: a handler could not answer any more. And what the consumer
    // holds up would keep the peer's Close from being seen.
    this.#input.discard();
    this.#sender.afterAll(() => this.#sendClose(code, reason));
  }

  terminate(): void {
    this.#input.stop();
    this.#ending = true;
    this.#owner.socket.destroy();
  }

  /** §7.1.7: fails the connection with a Close frame that says why. */
  fail(code: number, reason: string, error: Error): void {
    // Where it is closing already, that goes on.
    if (this.state !== "open") return;
    this.#handshake.error ??= error;
    this.#sendClose(code, reason);
    this.#input.stop();
  }

  /** What ends the connection without a Close frame, such as a reset. */
  onError(error: Error): void {
    // A reset behind both Close frames has ended nothing.
    if (!this.#handshake.complete) this.#handshake.error ??= error;
  }

  /** The peer's Close frame has come. */
  onReceived(code: number, reason: string): void {
    this.#handshake.onReceived(code, reason);
    this.#input.stop();
    if (this.#handshake.sent) this.#finishTcp();
    else this.#closeInTurn(echoedCode(code), "");
  }

  /** §7.1.7: the peer broke the protocol. */
  onBroken(error: ProtocolError): void {
    this.onError(error);
    this.#input.stop();
    if (this.state === "open") this.#closeInTurn(error.closeCode, error.code);
    else this.#endTcp();
  }

  /** The peer has ended its side of TCP. */
  onInputEnd(): void {
    // A Close frame that waits for its turn goes first, and ends TCP too.
    if (this.#pending === undefined) this.#endTcp();
  }

  /** A message was dropped, since this side is closing. */
  onDiscarded(): void {
    this.#discarded++;
  }

  /** A consumer has taken a message, or waits for one, or its iteration has ended. */
  onTake(): void {
    if (this.#pending !== undefined) this.#awaitTurn();
  }

  /** TCP is gone. {@link closed} resolves by {@link announce}, when all others have been told. */
  onGone(): CloseInfo {
    clearTimeout(this.#timer);
    clearTimeout(this.#answerTimer);
    this.#info = { ...this.#handshake.info, discarded: this.#discarded };
    return this.#info;
  }

  announce(info: CloseInfo): void {
    this.#resolveClosed?.(info);
  }

  /** An error for who wants something of the connection that it cannot do any more. */
  error(message: string): ConnectionClosedError {
    const { code, reason, error: cause } = this.#info ?? this.#handshake.info;
    const full = `${message} (close code ${code}${reason === "" ? "" : `, ${reason}`})`;
    return new ConnectionClosedError(full, code, reason, cause === undefined ? {} : { cause });
  }

  #sendClose(code: number | undefined, reason: string): void {
    this.#pending = undefined;
    if (this.state !== "open") return;
    this.#sender.output.frame(firstByte(Opcode.close), closePayload(code, reason));
    this.#handshake.onSent();
    this.#startTimer();
    // §7.1.7: after a failure nothing the peer could still say matters.
    if (this.#handshake.error !== undefined) this.#endTcp();
    else if (this.#handshake.received) this.#finishTcp();
  }

  /**
   * Sends a Close frame, but lets messages that take time to send go first, and a consumer that is at
   * work on earlier messages send its answers: an iteration until it is back for more; somebody who
   * called `receive` only until that call's promise has been acted upon. Half of `closeTimeout` at most.
   */
  #closeInTurn(code: number | undefined, reason: string): void {
    const { closeTimeout } = this.#owner.settings;
    this.#pending = () => this.#sendClose(code, reason);
    this.#awaitTurn();
    if (this.#pending === undefined) return;
    this.#startTimer();
    if (closeTimeout !== Number.POSITIVE_INFINITY) {
      this.#answerTimer = setTimeout(() => this.#pending?.(), closeTimeout / 2);
    }
  }

  /** Has the Close frame that waits sent, as far as that is up to what has happened by now. */
  #awaitTurn(): void {
    const send = () => this.#sender.afterAll(() => this.#pending?.());
    if (!this.#input.busy) send();
    else if (!this.#input.iterated) setImmediate(send);
  }

  /** §7.1.1: both Close frames have passed; the server closes TCP first. */
  #finishTcp(): void {
    if (this.#owner.settings.role === "server" || this.#input.ended) this.#endTcp();
  }

  #endTcp(): void {
    this.#ending = true;
    this.#sender.output.flush();
    this.#startTimer();
    // From now on the socket emits no "drain" any more.
    this.#owner.socket.end(() => this.#sender.output.onDrain());
  }

  /** The deadline of the closing handshake: set once, and no traffic extends it. */
  #startTimer(): void {
    const { closeTimeout } = this.#owner.settings;
    if (this.#timer !== undefined || closeTimeout === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      const message = `the peer has not finished closing within ${closeTimeout} ms (closeTimeout)`;
      this.onError(new WebSocketError("CLOSE_TIMEOUT", message));
      this.#owner.socket.destroy();
    }, closeTimeout);
  }
}
