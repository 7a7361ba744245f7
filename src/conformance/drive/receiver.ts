/** The receiving half of the judge's end: from bytes to messages, and the rules that they break. */
import type { Fault } from "../observation.ts";
import type { Deflate } from "../wire/deflate.ts";
import { OPCODE } from "../wire/frame.ts";
import { FrameReader, type SeenFrame } from "../wire/frame-reader.ts";
import type { Recorder } from "../wire/recorder.ts";
import { Utf8Check } from "../wire/utf8-check.ts";
import { frameFaults } from "./frame-faults.ts";
import { noTraffic } from "./sender.ts";

/** What a receiver tells the end that it belongs to. */
export interface ReceiverEvents {
  message(payload: Buffer, binary: boolean): void;
  /** A Ping, a Pong, a Close, or a control frame that there is not. */
  control(opcode: number, payload: Buffer): void;
  /** A rule was broken; a strict peer fails the connection with this code. */
  violation(code: number, fault: Fault): void;
  /** A compressed message could not be inflated. */
  cannotInflate(fault: Fault): void;
  /** More comes than anyone may send. */
  flood(): void;
}

/** Most bytes that one message may have; more fails the connection. */
const LARGEST_MESSAGE = 128 * 1024 * 1024;
/** Most frames of one message, and most control frames of a connection. */
const MOST_FRAMES = 300_000;
const MOST_CONTROL_FRAMES = 20_000;

/** Reads one connection. */
export class Receiver {
  readonly got = noTraffic();
  /** Frames whose masking key is that of the frame before. */
  sameKeys = 0;
  readonly #recorder: Recorder;
  readonly #events: ReceiverEvents;
  readonly #fromClient: boolean;
  readonly #deflate: Deflate | undefined;
  readonly #reader: FrameReader;
  #deaf = false;
  #message: Buffer[] | undefined;
  #messageSize = 0;
  #messageFrames = 0;
  #controlFrames = 0;
  #binary = false;
  #compressed = false;
  #utf8: Utf8Check | undefined;
  #frame: Buffer[] = [];
  #lastKey: string | undefined;

  constructor(
    recorder: Recorder,
    options: { readonly fromClient: boolean; readonly deflate: Deflate | undefined },
    events: ReceiverEvents,
  ) {
    this.#recorder = recorder;
    this.#events = events;
    this.#fromClient = options.fromClient;
    this.#deflate = options.deflate;
    this.#reader = new FrameReader({
      header: (frame) => this.#onHeader(frame),
      payload: (frame, chunk) => this.#onPayload(frame, chunk),
      end: (frame) => this.#onEnd(frame),
    });
  }

  /** Takes bytes from the connection. */
  feed(chunk: Buffer): void {
    this.got.wireOctets += chunk.length;
    this.#reader.feed(chunk);
  }

  /** Nothing more is read. */
  stop(): void {
    this.#reader.stop();
  }

  /** Frames are still read, but no message of them is passed on: the connection has been failed. */
  ignoreMessages(): void {
    this.#deaf = true;
  }

  #onHeader(frame: SeenFrame): void {
    const faults = frameFaults(frame, {
      fromClient: this.#fromClient,
      deflate: this.#deflate !== undefined,
      insideMessage: this.#message !== undefined,
    });
    for (const fault of faults) this.#events.violation(1002, fault);
    this.#noteKey(frame.mask);
    this.#frame = [];
    if (frame.opcode > 7) this.#controlFrames++;
    else this.#messageFrames++;
    // A case must come to its end while such a testee keeps the judge busy.
    if (this.#controlFrames > MOST_CONTROL_FRAMES || this.#messageFrames > MOST_FRAMES) {
      this.#events.flood();
    }
    if (frame.opcode > 7 || this.#message !== undefined) return;
    this.#message = [];
    this.#messageSize = 0;
    this.#messageFrames = 1;
    this.#binary = frame.opcode === OPCODE.binary;
    this.#compressed = this.#deflate !== undefined && frame.rsv === 4;
    this.#utf8 = frame.opcode === OPCODE.text ? new Utf8Check() : undefined;
  }

  #noteKey(mask: Buffer | undefined): void {
    const key = mask?.toString("hex");
    if (key !== undefined && key === this.#lastKey) this.sameKeys++;
    this.#lastKey = key;
  }

  #onPayload(frame: SeenFrame, chunk: Buffer): void {
    if (frame.opcode > 7) {
      // A control frame may claim any length; what is shown of it is enough.
      if (this.#frame.length < 1024) this.#frame.push(chunk);
      return;
    }
    this.got.payloadOctets += chunk.length;
    this.#messageSize += chunk.length;
    if (this.#messageSize > LARGEST_MESSAGE) {
      this.#events.violation(1009, { rule: "floods", text: "it sends a message without end" });
    }
    if (this.#deaf) return;
    this.#message?.push(chunk);
    if (this.#frame.length === 0) this.#frame.push(chunk);
    if (!this.#compressed && this.#utf8?.feed(chunk) === false) {
      this.#invalidText("§8.1: its text is not valid UTF-8");
    }
  }

  #onEnd(frame: SeenFrame): void {
    this.#recorder.receivedFrame(frame, Buffer.concat(this.#frame));
    if (frame.opcode > 7) {
      this.#events.control(frame.opcode, Buffer.concat(this.#frame));
      return;
    }
    this.got.frames++;
    if (!frame.fin) return;
    const parts = this.#message ?? [];
    this.#message = undefined;
    if (this.#deaf) return;
    const payload = this.#inflated(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    if (payload === undefined) return;
    if (this.#utf8 !== undefined && !this.#utf8.complete()) {
      this.#invalidText("§8.1: its text does not end in valid UTF-8");
      return;
    }
    this.got.messages++;
    this.got.messageOctets += payload.length;
    this.#events.message(payload, this.#binary);
  }

  #inflated(payload: Buffer): Buffer | undefined {
    if (!this.#compressed || this.#deflate === undefined) return payload;
    try {
      const message = this.#deflate.decompress(payload);
      this.#utf8?.feed(message);
      return message;
    } catch (error) {
      const text = `RFC 7692 §7.2.2: cannot inflate: ${(error as Error).message}`;
      this.#events.cannotInflate({ rule: "sentStream", text });
      return undefined;
    }
  }

  #invalidText(text: string): void {
    this.#reader.stop();
    this.#events.violation(1007, { rule: "sentText", text });
  }
}
