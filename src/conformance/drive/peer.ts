/**
 * The judge's end of an open connection: it sends whatever a case wants, keeps to the protocol in
 * everything else, and remembers how the connection ended (RFC 6455 §7). The states and the order
 * of events are those of Autobahn, because its verdicts follow from them.
 */
import type { Carrier, Pace } from "../carrier/carrier.ts";
import type { Ending, Fault } from "../observation.ts";
import type { Deflate } from "../wire/deflate.ts";
import { closePayload, type FrameSpec, OPCODE } from "../wire/frame.ts";
import type { Recorder } from "../wire/recorder.ts";
import { closeBody, closeFaults, type GrowingEnding, notYet } from "./ending.ts";
import { Receiver } from "./receiver.ts";
import { Sender, type Traffic } from "./sender.ts";
import { Wait } from "./wait.ts";

/** What a peer tells its case. */
export interface PeerEvents {
  message(payload: Buffer, binary: boolean): void;
  pong(payload: Buffer): void;
}

/** What a peer needs to know. */
export interface PeerOptions {
  /** Whether the judge is the server. */
  readonly isServer: boolean;
  readonly deflate: Deflate | undefined;
  /** Milliseconds; {@link CLOSE_WAIT} when left out. */
  readonly closeWait?: number;
}

/** Longest wait for the testee's part of the closing handshake, in milliseconds. */
export const CLOSE_WAIT = 1000;
/** The same after megabytes, which a slow machine may still be working on. */
export const LONG_CLOSE_WAIT = 5000;
/** Most faults that are kept. */
const MOST_FAULTS = 50;
/** Most bytes that wait for a testee which takes no Pongs. */
const MOST_WAITING = 4 * 2 ** 20;

/** One open connection, from the end of the opening handshake to the end of TCP. */
export class Peer {
  state: "open" | "closing" | "closed" = "open";
  /** Every rule that a frame of the testee broke. */
  readonly faults: Fault[] = [];
  /** A wait of the judge has run out. */
  waited = false;
  readonly deflate: Deflate | undefined;
  /** Whether the judge is the server. */
  readonly isServer: boolean;
  /** How the connection ended, as far as it has. */
  readonly #ending: GrowingEnding;
  readonly #carrier: Carrier;
  readonly #closeWait: number;
  readonly #waits = new Set<Wait>();
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  #closeWaiting: Wait | undefined;
  #stuck = false;

  constructor(carrier: Carrier, recorder: Recorder, options: PeerOptions, events: PeerEvents) {
    this.#carrier = carrier;
    this.isServer = options.isServer;
    this.deflate = options.deflate;
    this.#ending = notYet(options.isServer);
    this.#sender = new Sender(carrier, recorder, options);
    this.#closeWait = options.closeWait ?? CLOSE_WAIT;
    const { deflate, isServer } = options;
    this.#receiver = new Receiver(
      recorder,
      { fromClient: isServer, deflate },
      {
        message: (payload, binary) => this.#onMessage(() => events.message(payload, binary)),
        control: (opcode, payload) => {
          if (opcode === OPCODE.pong) events.pong(payload);
          else this.#control(opcode, payload);
        },
        violation: (code, fault) => this.#violation(code, fault),
        cannotInflate: (fault) => {
          this.faults.push(fault);
          this.#dropUnclean("the testee sent a compressed message that cannot be inflated");
        },
        flood: () => this.dropFlood(),
      },
    );
  }

  /** What the judge sent. */
  get sent(): Traffic {
    return this.#sender.sent;
  }

  /** What came. */
  get got(): Traffic {
    return this.#receiver.got;
  }

  /** Bytes that the judge has sent and the testee has not taken. */
  get waiting(): number {
    return this.#carrier.waiting;
  }

  /** Frames of a client whose key is that of the frame before. */
  get sameKeys(): number {
    return this.#receiver.sameKeys;
  }

  /** Whether the judge sent the first Close frame. */
  get closedByMe(): boolean {
    return this.#ending.closedByMe;
  }

  /** How the connection ended. */
  get ending(): Ending {
    return this.#ending;
  }

  /** Takes bytes from the connection. */
  receive(chunk: Buffer): void {
    if (this.state === "closed") return;
    // After invalid text Autobahn's parser is stuck: the next bytes, whatever they are, end TCP.
    if (this.#stuck) this.drop(false);
    else this.#receiver.feed(chunk);
  }

  /** The connection is gone: no wait on it runs out any more. */
  gone(reset: boolean): void {
    for (const wait of this.#waits) wait.end();
    this.#waits.clear();
    this.state = "closed";
    this.#receiver.stop();
    this.#ending.wasReset = reset;
    if (!this.#ending.wasClean && !this.#ending.droppedByMe) {
      this.#ending.wasNotCleanReason ??=
        "peer dropped the TCP connection without previous WebSocket closing handshake";
    }
  }

  /** Runs something later unless the connection is gone by then. */
  later(ms: number, act: () => void): Wait {
    const wait = new Wait(ms, () => {
      this.#waits.delete(wait);
      act();
    });
    this.#waits.add(wait);
    return wait;
  }

  /** Sends one frame, right or wrong; masked when the judge is a client (§5.1). */
  frame(frame: FrameSpec, pace: Pace = {}): void {
    if (this.state !== "closed") this.#sender.frame(frame, pace);
  }

  /** Sends more of the payload of the last frame, whose bytes from `at` on these are. */
  rest(payload: Buffer, at: number): void {
    if (this.state !== "closed") this.#sender.rest(payload, at);
  }

  /** Sends bytes that need not be a frame. */
  bytes(bytes: Buffer, pace: Pace = {}): void {
    if (this.state !== "closed") this.#sender.bytes(bytes, pace);
  }

  /** Sends a message, compressed if that was negotiated, in frames of at most `fragment` bytes. */
  message(message: Buffer, binary: boolean, fragment = 0): void {
    if (this.state !== "closed") this.#sender.message(message, binary, fragment);
  }

  /** Sends a Close frame with this payload if none was sent yet. */
  close(payload: Buffer, isReply = false, pace: Pace = {}): void {
    if (this.state !== "open") return;
    this.frame({ opcode: OPCODE.close, payload }, pace);
    this.state = "closing";
    this.#ending.closedByMe = !isReply;
    const { code, reason } = closeBody(payload);
    this.#ending.localCloseCode = code;
    this.#ending.localCloseReason = reason;
    if (isReply) return;
    this.#closeWaiting = this.later(this.#closeWait, () => {
      this.waited = true;
      this.#ending.wasCloseHandshakeTimeout = true;
      this.#dropUnclean("peer did not respond (in time) in closing handshake");
    });
  }

  /** Fails the connection (§7.1.7): with a Close frame if none was sent, else by ending TCP. */
  fail(code: number, reason: string): void {
    if (this.state === "closed") return;
    this.#ending.failedByMe = true;
    this.#receiver.ignoreMessages();
    if (this.state === "open") this.close(closePayload(code, Buffer.from(reason).subarray(0, 123)));
    else this.drop(false);
  }

  /** Ends the TCP connection, at once or after what was written has left. */
  drop(abort: boolean): void {
    if (this.state === "closed") return;
    this.#ending.droppedByMe = true;
    this.state = "closed";
    this.#receiver.stop();
    if (abort) this.#carrier.abort();
    else this.#carrier.finish();
  }

  /** Ends a connection on which the testee sends without end. */
  dropFlood(): void {
    this.faults.push({ rule: "floods", text: "it sends without end" });
    this.#dropUnclean("the testee flooded the judge");
  }

  #dropUnclean(reason: string): void {
    if (this.state === "closed") return;
    this.#ending.wasClean = false;
    this.#ending.wasNotCleanReason = reason;
    this.drop(true);
  }

  #onMessage(pass: () => void): void {
    if (this.#ending.closeCame) {
      this.faults.push({ rule: "sentAfterClose", text: "§5.5.1: a message behind its Close" });
    }
    pass();
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping && this.state === "open") {
      if (this.waiting > MOST_WAITING) this.dropFlood();
      else this.frame({ opcode: OPCODE.pong, payload });
    }
    if (opcode === OPCODE.close) this.#onClose(payload);
  }

  #onClose(payload: Buffer): void {
    const ending = this.#ending;
    ending.closeCame = true;
    const { code, reason } = closeBody(payload);
    ending.remoteCloseCode = code;
    ending.remoteCloseReason = reason;
    for (const [failure, fault] of closeFaults(payload)) this.#violation(failure, fault);
    if (this.state === "closing") this.#closeAnswered();
    else if (this.state === "open") this.#answerClose();
    else ending.wasClean = false;
  }

  /** §7.1.1: the server ends TCP first; a client waits for that. */
  #closeAnswered(): void {
    this.#closeWaiting?.end();
    this.#ending.wasClean = true;
    if (this.isServer) {
      this.drop(true);
      return;
    }
    this.later(this.#closeWait, () => {
      this.waited = true;
      this.#ending.wasServerConnectionDropTimeout = true;
      this.#dropUnclean("server did not drop TCP connection (in time)");
    });
  }

  #answerClose(): void {
    this.#ending.wasClean = true;
    this.close(closePayload(1000), true);
    if (this.isServer) {
      this.drop(false);
      return;
    }
    // Autobahn has no timer here and waits for the case's own; with none it would wait for ever.
    this.later(this.#closeWait, () => {
      this.waited = true;
      this.drop(true);
    });
  }

  #violation(code: number, fault: Fault): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(fault);
    this.#stuck ||= fault.rule === "sentText";
    this.fail(code, fault.text);
  }
}
