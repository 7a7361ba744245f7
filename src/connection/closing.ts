import { ConnectionClosedError, type ProtocolError, WebSocketError } from "../errors.ts";
import { CloseCode } from "../protocol/close-code.ts";
import type { ClosePayload } from "../protocol/close-payload.ts";
import { CLOSING, type ClosingEvent, PHASE_RULES, type Phase } from "../protocol/closing.ts";
import { Deadline } from "../socket/deadline.ts";
import type { CloseInfo, CloseInitiator } from "./close-info.ts";
import { type Failing, turn } from "./turn.ts";

/** What closing asks of its endpoint, and has it do. */
export interface ClosingOwner {
  readonly phase: Phase;
  readonly role: "server" | "client";
  /** Milliseconds. */
  readonly closeTimeout: number;
  /** Whether an asynchronous consumer is at work on messages, and whether it will be back for more. */
  readonly consumer: "none" | "once" | "iteration";
  /** Whether all that was sent is with the system. */
  readonly allWritten: boolean;
  enter(phase: Phase): void;
  /** Calls `send` behind everything that was sent before. */
  afterAllSent(send: () => void): void;
  sendClose(payload: ClosePayload): void;
  /** Has what `act` sends written together. */
  gather(act: () => void): void;
  /** Writes what has been sent, as far as the peer takes it. */
  flush(): void;
  /** Ends this side of TCP; all is written. */
  endStream(): void;
  destroyStream(): void;
}

/**
 * The end of a connection (RFC 6455 §7), as the tables of `protocol/closing.ts` have it: what waits for its
 * turn, the deadlines, and the result. An object of this class exists only once something of that has
 * happened, or somebody has asked for {@link closed}: an idle connection has none.
 */
export class Closing implements Failing {
  readonly #owner: ClosingOwner;
  /** The Close frame that waits for its turn. */
  #out: ClosePayload | undefined;
  /** The peer's Close frame. */
  #received: ClosePayload | undefined;
  #sent = false;
  #called = false;
  #finNoted = false;
  #ended = false;
  /** Whether TCP was destroyed while bytes waited that will never be written. */
  #cut = false;
  #initiator: CloseInitiator = "none";
  #error: Error | undefined;
  #discarded = 0;
  #deadline: Deadline | undefined;
  #halfTime: Deadline | undefined;
  #info: CloseInfo | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #resolveClosed: ((info: CloseInfo) => void) | undefined;

  constructor(owner: ClosingOwner) {
    this.#owner = owner;
  }

  /** Whether the user has closed the connection, and so will send nothing more. */
  get called(): boolean {
    return this.#called;
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
  close(payload: ClosePayload): void {
    this.#called = true;
    this.#step("close", payload);
  }

  /** The user destroys it, and what it has received. */
  terminate(): void {
    this.goOnFailing(); // A peer hears what it broke first.
    this.#step("destroy");
    this.#destroy();
  }

  /**
   * The peer's Close frame has come.
   *
   * @param answer what this side says, unless it has begun to close; §5.5.1: as a rule it echoes the code
   */
  onReceived(
    payload: ClosePayload,
    answer: ClosePayload = { code: payload.code, reason: "" },
  ): void {
    this.#received = payload;
    if (this.#initiator === "none") this.#initiator = "peer";
    this.#step("peer-close", answer);
  }

  /**
   * §7.1.7: the peer broke the protocol, or a limit.
   *
   * @param reason what the Close frame says beside the code
   */
  onBroken(error: ProtocolError, reason: string = error.code): void {
    this.#error ??= error;
    this.#step("breach", { code: error.closeCode, reason });
  }

  /** This side cannot go on: says why, at once. */
  fail(payload: ClosePayload, error: Error): void {
    if (CLOSING.failure[this.#owner.phase]?.action !== "send-now") return;
    this.#error ??= error;
    this.#step("failure", payload);
  }

  /** The user's code has thrown. While a Close of the user's waits, that goes on. */
  failByUser(error: Error): void {
    if (this.#owner.phase !== "leaving") {
      this.fail({ code: CloseCode.internalError, reason: "" }, error);
    }
  }

  /** TCP is of no use any more. What had arrived before is not lost. */
  giveUp(error: Error): void {
    this.#error ??= error;
    this.#destroy();
  }

  /** What ends the connection without a Close frame, such as a reset. */
  onError(error: Error): void {
    // A reset behind both Close frames has ended nothing.
    if (!this.#sent || this.#received === undefined) this.#error ??= error;
  }

  /** The peer has ended its side of TCP. `held`: some of what it sent before waits for the consumer. */
  onFin(held: boolean): void {
    if (!held) this.#step("fin");
    // Whoever reads nothing is not waited for without end; what is left is delivered then.
    else this.#startDeadline();
  }

  /** All that was sent is with the system, after it had to wait. */
  onWritten(): void {
    if (this.#owner.phase === "ending") this.#endStream();
  }

  /** A consumer waits for a message, or its iteration has ended. */
  onTake(): void {
    if (this.#out !== undefined) this.#awaitTurn();
  }

  /** A message was dropped, since this side is closing. */
  onDiscarded(): void {
    this.#discarded++;
  }

  /** TCP is gone. What had arrived before may still be told. */
  onLost(): void {
    this.#cut ||= !this.#owner.allWritten;
    this.#step("lost");
  }

  /** The result. {@link closed} resolves by {@link announce}, when all others have been told. */
  end(): CloseInfo {
    const clean = this.#sent && this.#received !== undefined && !this.#cut;
    const { code, reason } = this.#result;
    const initiator = this.#initiator;
    this.#info = { code, reason, initiator, clean, error: this.#error, discarded: this.#discarded };
    return this.#info;
  }

  announce(info: CloseInfo): void {
    this.#resolveClosed?.(info);
  }

  /** An error for who wants something of the connection that it cannot do any more. */
  error(message: string): ConnectionClosedError {
    const { code, reason } = this.#result;
    const full = `${message} (close code ${code}${reason === "" ? "" : `, ${reason}`})`;
    const cause = this.#error;
    return new ConnectionClosedError(full, code, reason, cause === undefined ? {} : { cause });
  }

  /** What is known of the end: until the peer's Close has come it is an abnormal one. */
  get #result(): ClosePayload {
    return this.#received ?? { code: CloseCode.abnormal, reason: "" };
  }

  #step(event: ClosingEvent, payload?: ClosePayload): void {
    const owner = this.#owner;
    const before = owner.phase;
    const step = CLOSING[event][before];
    if (step === undefined) return;
    const { to, action } = step;
    if (action === "note-fin") this.#finNoted = true;
    else if (action === "wait" || action === "send-now") this.#out = payload;
    // Before the phase changes: nothing may be sent behind it.
    if (action === "send" || action === "send-now") this.#send();
    if (to !== before) this.#enter(to);
    if (to === "gone") return;
    if (this.#out !== undefined && (to !== before || action === "wait")) this.#awaitTurn();
    if (owner.phase === "ending") this.#endStream(event !== "destroy");
  }

  #enter(phase: Phase): void {
    this.#owner.enter(phase);
    if (phase === "gone") {
      this.#deadline?.stop();
      this.#halfTime?.stop();
    } else if (PHASE_RULES[phase].deadline && phase !== "failing") this.#startDeadline();
    // The peer had ended its side before: it sends no Close any more.
    if (phase === "sent" && this.#finNoted) this.#step("fin");
  }

  #send(): void {
    const payload = this.#out;
    this.#out = undefined;
    if (payload === undefined) return;
    this.#owner.sendClose(payload);
    this.#sent = true;
    if (this.#initiator === "none") this.#initiator = "local";
  }

  /**
   * Sends the Close frame that waits, once messages have gone that take time to send. An answer also lets a
   * consumer that is at work on earlier messages send what it has to say: an iteration until it is back for
   * more, whoever called `receive` until that call's promise has been acted upon.
   */
  #awaitTurn(): void {
    // A crowd that breaks the protocol at once is told so behind those that keep it.
    if (this.#owner.phase === "failing") turn.failLater(this);
    else this.#awaitConsumer();
  }

  /** See `Turn.failLater`. Timers are begun here, too: they cost as much as finding the breach. */
  goOnFailing(): void {
    if (this.#owner.phase !== "failing") return;
    this.#startDeadline();
    this.#owner.gather(() => this.#awaitConsumer());
  }

  #awaitConsumer(): void {
    const { consumer } = this.#owner;
    const answers = this.#owner.phase !== "leaving" && !this.#called;
    const send = () => this.#owner.afterAllSent(() => this.#onTurn());
    if (!answers || consumer === "none") send();
    else if (consumer === "once") setImmediate(send);
    // Mostly it has gone already.
    if (this.#out !== undefined) this.#startHalfTime();
  }

  #onTurn(): void {
    if (this.#out !== undefined) this.#step("turn");
  }

  /**
   * Ends TCP, behind what has been sent. §7.1.1: where both Close frames have passed the server does so first.
   *
   * @param inOrder false where it is about to be destroyed: the peer is not to take that for an end in order
   */
  #endStream(inOrder = true): void {
    const first = this.#owner.role === "server" || this.#error !== undefined || this.#finNoted;
    if (!first || this.#ended) return;
    this.#owner.flush();
    if (!inOrder || !this.#owner.allWritten) return;
    this.#ended = true;
    this.#owner.endStream();
  }

  /** The deadline of the closing handshake: set once, and no traffic extends it. */
  #startDeadline(): void {
    const { closeTimeout } = this.#owner;
    if (this.#deadline !== undefined) return;
    this.#deadline = new Deadline(() => {
      const message = `the peer has not finished closing within ${closeTimeout} ms (closeTimeout)`;
      this.giveUp(new WebSocketError("CLOSE_TIMEOUT", message));
    }, false);
    this.#deadline.start(closeTimeout);
  }

  #destroy(): void {
    this.#cut ||= !this.#owner.allWritten;
    this.#owner.destroyStream();
  }

  #startHalfTime(): void {
    const { phase } = this.#owner;
    if (this.#halfTime !== undefined || (phase !== "answering" && phase !== "failing")) return;
    this.#halfTime = new Deadline(() => {
      if (this.#out !== undefined) this.#step("half-time");
    }, false);
    this.#halfTime.start(this.#owner.closeTimeout / 2);
  }
}
