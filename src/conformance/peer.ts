/**
 * The judge's end of an open connection: it sends whatever a case wants, keeps to the protocol in
 * everything else, and remembers how the connection ended (RFC 6455 §7). The states and the order
 * of events are those of Autobahn, because its verdicts follow from them.
 */
import { closeCodeAllowed, frameFaults } from "./frame-faults.ts";
import { noTraffic, Sender, type Traffic } from "./sender.ts";
import type { Deflate } from "./wire/deflate.ts";
import { closePayload, type FrameSpec, OPCODE } from "./wire/frame.ts";
import { FrameReader, type SeenFrame } from "./wire/frame-reader.ts";
import type { Link, Pace } from "./wire/link.ts";
import type { Recorder } from "./wire/recorder.ts";
import { Utf8Check } from "./wire/utf8-check.ts";

/** What a peer tells its case. */
export interface PeerEvents {
  message(payload: Buffer, binary: boolean): void;
  pong(payload: Buffer): void;
}

/** Longest wait for the testee's part of the closing handshake, in milliseconds. */
export const CLOSE_WAIT = 1000;
/** The same after megabytes, which a slow machine may still be working on. */
export const LONG_CLOSE_WAIT = 5000;
/** Most bytes that one message may have; more fails the connection. */
const LARGEST_MESSAGE = 128 * 1024 * 1024;
/** Most frames of one message, and most control frames of a connection. */
const MOST_FRAMES = 300_000;
const MOST_CONTROL_FRAMES = 20_000;

/** One open connection, from the end of the opening handshake to the end of TCP. */
export class Peer {
  state: "open" | "closing" | "closed" = "open";
  /** The judge sent the first Close frame. */
  closedByMe = false;
  /** The judge failed the connection (§7.1.7). */
  failedByMe = false;
  /** The judge ended the TCP connection. */
  droppedByMe = false;
  /** The closing handshake was complete. */
  wasClean = false;
  wasNotCleanReason: string | null = null;
  serverDropTimeout = false;
  closeTimeout = false;
  localCloseCode: number | null = null;
  localCloseReason: string | null = null;
  remoteCloseCode: number | null = null;
  remoteCloseReason: string | null = null;
  /** Every rule that a frame of the testee broke. */
  readonly faults: string[] = [];
  readonly got = noTraffic();

  readonly deflate: Deflate | undefined;
  /** Whether the judge is the server. */
  readonly isServer: boolean;
  readonly #link: Link;
  readonly #recorder: Recorder;
  readonly #events: PeerEvents;
  readonly #closeWait: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #reader: FrameReader;
  readonly #sender: Sender;
  #closeTimer: NodeJS.Timeout | undefined;

  #message: Buffer[] | undefined;
  #messageSize = 0;
  #messageFrames = 0;
  #controlFrames = 0;
  #binary = false;
  #compressed = false;
  #utf8: Utf8Check | undefined;
  #frame: Buffer[] = [];
  #stuck = false;

  constructor(
    link: Link,
    recorder: Recorder,
    options: {
      readonly isServer: boolean;
      readonly deflate: Deflate | undefined;
      /** Milliseconds; {@link CLOSE_WAIT} when left out. */
      readonly closeWait?: number;
    },
    events: PeerEvents,
  ) {
    this.#link = link;
    this.#recorder = recorder;
    this.isServer = options.isServer;
    this.deflate = options.deflate;
    this.#sender = new Sender(link, recorder, options);
    this.#closeWait = options.closeWait ?? CLOSE_WAIT;
    this.#events = events;
    this.#reader = new FrameReader({
      header: (frame) => this.#onHeader(frame),
      payload: (frame, chunk) => this.#onPayload(frame, chunk),
      end: (frame) => this.#onEnd(frame),
    });
  }

  /** What the judge sent. */
  get sent(): Traffic {
    return this.#sender.sent;
  }

  /** Takes bytes from the connection. */
  receive(chunk: Buffer): void {
    if (this.state === "closed") return;
    this.got.wireOctets += chunk.length;
    // After invalid text Autobahn's parser is stuck: the next bytes, whatever they are, end TCP.
    if (this.#stuck) this.drop(false);
    else this.#reader.feed(chunk);
  }

  /** The connection is gone: no timer of it runs any more. */
  gone(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.state = "closed";
    this.#reader.stop();
    if (!this.wasClean && !this.droppedByMe) {
      this.wasNotCleanReason ??=
        "peer dropped the TCP connection without previous WebSocket closing handshake";
    }
  }

  /** Runs something later unless the connection is gone by then. */
  later(ms: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
    return timer;
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
    this.closedByMe = !isReply;
    this.localCloseCode = payload.length > 1 ? payload.readUInt16BE() : null;
    this.localCloseReason = payload.length > 2 ? payload.toString("utf8", 2) : null;
    if (!this.closedByMe) return;
    this.#closeTimer = this.later(this.#closeWait, () => {
      this.closeTimeout = true;
      this.#dropUnclean("peer did not respond (in time) in closing handshake");
    });
  }

  /** Fails the connection (§7.1.7): with a Close frame if none was sent, else by ending TCP. */
  fail(code: number, reason: string): void {
    if (this.state === "closed") return;
    this.failedByMe = true;
    if (this.state === "open") this.close(closePayload(code, Buffer.from(reason).subarray(0, 123)));
    else this.drop(false);
  }

  /** Ends the TCP connection, at once or after what was written has left. */
  drop(abort: boolean): void {
    if (this.state === "closed") return;
    this.droppedByMe = true;
    this.state = "closed";
    this.#reader.stop();
    if (abort) this.#link.abort();
    else this.#link.finish();
  }

  /** Ends a connection on which the testee sends without end. */
  dropFlood(): void {
    this.#dropUnclean("the testee flooded the judge");
  }

  #dropUnclean(reason: string): void {
    if (this.state === "closed") return;
    this.wasClean = false;
    this.wasNotCleanReason = reason;
    this.drop(true);
  }

  #onHeader(frame: SeenFrame): void {
    const faults = frameFaults(frame, {
      fromClient: this.isServer,
      deflate: this.deflate !== undefined,
      insideMessage: this.#message !== undefined,
    });
    for (const fault of faults) this.#violation(1002, fault);
    this.#frame = [];
    if (frame.opcode > 7) this.#controlFrames++;
    else this.#messageFrames++;
    // A case must come to its end while such a testee keeps the judge busy.
    if (this.#controlFrames > MOST_CONTROL_FRAMES || this.#messageFrames > MOST_FRAMES) {
      this.dropFlood();
    }
    if (frame.opcode > 7 || this.#message !== undefined) return;
    this.#message = [];
    this.#messageSize = 0;
    this.#messageFrames = 1;
    this.#binary = frame.opcode === OPCODE.binary;
    this.#compressed = this.deflate !== undefined && frame.rsv === 4;
    this.#utf8 = frame.opcode === OPCODE.text ? new Utf8Check() : undefined;
  }

  #onPayload(frame: SeenFrame, chunk: Buffer): void {
    if (frame.opcode > 7) {
      // A control frame may claim any length; what is shown of it is enough.
      if (this.#frame.length < 1024) this.#frame.push(chunk);
      return;
    }
    this.got.payloadOctets += chunk.length;
    this.#messageSize += chunk.length;
    if (this.#messageSize > LARGEST_MESSAGE) this.#violation(1009, "a message without end");
    if (this.failedByMe) return;
    this.#message?.push(chunk);
    if (this.#frame.length === 0) this.#frame.push(chunk);
    if (!this.#compressed && this.#utf8?.feed(chunk) === false) {
      this.#invalidText("§8.1: text is not valid UTF-8");
    }
  }

  #onEnd(frame: SeenFrame): void {
    this.#recorder.receivedFrame(frame, Buffer.concat(this.#frame));
    if (frame.opcode > 7) {
      this.#control(frame.opcode, Buffer.concat(this.#frame));
      return;
    }
    this.got.frames++;
    if (!frame.fin) return;
    const parts = this.#message ?? [];
    this.#message = undefined;
    if (this.failedByMe) return;
    const payload = this.#inflated(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    if (payload === undefined) return;
    if (this.#utf8 !== undefined && !this.#utf8.complete()) {
      this.#invalidText("§8.1: text does not end in valid UTF-8");
      return;
    }
    this.got.messages++;
    this.got.messageOctets += payload.length;
    this.#events.message(payload, this.#binary);
  }

  #inflated(payload: Buffer): Buffer | undefined {
    if (!this.#compressed || this.deflate === undefined) return payload;
    try {
      const message = this.deflate.decompress(payload);
      this.#utf8?.feed(message);
      return message;
    } catch (error) {
      this.faults.push(`RFC 7692 §7.2.2: cannot inflate: ${(error as Error).message}`);
      this.#dropUnclean("the testee sent a compressed message that cannot be inflated");
      return undefined;
    }
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping && this.state === "open")
      this.frame({ opcode: OPCODE.pong, payload });
    if (opcode === OPCODE.pong) this.#events.pong(payload);
    if (opcode === OPCODE.close) this.#onClose(payload);
  }

  #onClose(payload: Buffer): void {
    this.remoteCloseCode = payload.length > 1 ? payload.readUInt16BE() : null;
    if (this.remoteCloseCode !== null && !closeCodeAllowed(this.remoteCloseCode)) {
      this.#violation(1002, `§7.4: close code ${this.remoteCloseCode}`);
    }
    if (payload.length > 2) {
      const check = new Utf8Check();
      check.feed(payload.subarray(2));
      if (!check.complete()) this.#violation(1007, "§5.5.1: the reason is not valid UTF-8");
      this.remoteCloseReason = payload.toString("utf8", 2);
    }
    if (this.state === "closing") this.#closeAnswered();
    else if (this.state === "open") this.#answerClose();
    else this.wasClean = false;
  }

  /** §7.1.1: the server ends TCP first; a client waits for that. */
  #closeAnswered(): void {
    clearTimeout(this.#closeTimer);
    this.wasClean = true;
    if (this.isServer) {
      this.drop(true);
      return;
    }
    this.later(this.#closeWait, () => {
      this.serverDropTimeout = true;
      this.#dropUnclean("server did not drop TCP connection (in time)");
    });
  }

  #answerClose(): void {
    this.wasClean = true;
    this.close(closePayload(1000), true);
    if (this.isServer) this.drop(false);
    // Autobahn has no timer here and waits for the case's own; with none it would wait for ever.
    else this.later(this.#closeWait, () => this.drop(true));
  }

  #invalidText(fault: string): void {
    this.#violation(1007, fault);
    this.#stuck = true;
    this.#reader.stop();
  }

  #violation(code: number, fault: string): void {
    if (this.faults.length < 50) this.faults.push(fault);
    this.fail(code, fault);
  }
}
