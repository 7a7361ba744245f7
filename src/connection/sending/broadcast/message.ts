import { deflateShared, type MessageDeflater } from "../../../compression/message-deflater.ts";
import { type CompressionSettings, isWorthwhile } from "../../../compression/options.ts";
import { MAX_HEADER_SIZE, RSV1 } from "../../../protocol/frame-header.ts";
import {
  firstByte,
  maxTextFrameSize,
  writeFrame,
  writeTextFrame,
} from "../../../protocol/frame-writer.ts";
import { Opcode } from "../../../protocol/opcode.ts";
import { turn } from "../../turn.ts";
import {
  copyUnlessLarge,
  type Data,
  type OutgoingMessage,
  outgoing,
  type SendOptions,
  TOO_LARGE_TO_COPY,
} from "../data.ts";
import type { LogRange } from "./log.ts";

/** A message as one frame, ready for the wire. */
export interface BroadcastFrame {
  readonly bytes: Buffer;
  readonly compressed: boolean;
}

/**
 * A message as the one frame that a server sends to any number of connections: made once as it
 * is, and compressed once for each set of parameters that a connection asks for.
 */
export class BroadcastMessage {
  readonly #message: OutgoingMessage;
  readonly #recipients: object;
  #range: LogRange | undefined;
  #payload: Uint8Array | undefined;
  #plain: BroadcastFrame | undefined;
  /** By settings, and in each list by the bits of the window. */
  #compressed: Map<CompressionSettings, (BroadcastFrame | Promise<BroadcastFrame>)[]> | undefined;

  /**
   * @param recipients stands for those whom it goes to: what is broadcast to the same in a turn of the event
   * loop is written together
   * @throws ArgumentError for what is no message
   */
  constructor(data: Exclude<Data, Blob>, recipients: object, options?: SendOptions) {
    const message = outgoing(data, options);
    this.#message = { ...message, data: copyUnlessLarge(message.data) };
    this.#recipients = recipients;
  }

  /** What is sent, for who is to be sent it in another turn. */
  get message(): OutgoingMessage {
    return this.#message;
  }

  /** The message; text is in UTF-8. */
  get payload(): Uint8Array {
    const { data } = this.#message;
    this.#payload ??= typeof data === "string" ? Buffer.from(data) : data;
    return this.#payload;
  }

  /**
   * Its frame in the log of this turn, for who is sent it as it is and at once; undefined where it is too large
   * for that. To be asked for only in the call in which the message was made.
   */
  get range(): LogRange | undefined {
    // Made elsewhere: a function that makes a closure allocates what that shares with it, used or not.
    this.#range ??= this.#append();
    return this.#range;
  }

  /** The frame for a connection; a promise where it is compressed on the thread pool. */
  frameFor(deflater: MessageDeflater | undefined): BroadcastFrame | Promise<BroadcastFrame> {
    if (deflater === undefined || this.#message.compress === false) return this.#plainFrame();
    const { settings, windowBits } = deflater;
    const list = this.#listFor(settings);
    list[windowBits] ??= this.#compress(settings, windowBits);
    return list[windowBits];
  }

  #append(): LogRange | undefined {
    const { data, text } = this.#message;
    const most =
      typeof data === "string" ? maxTextFrameSize(data.length) : data.length + MAX_HEADER_SIZE;
    if (most > TOO_LARGE_TO_COPY) return undefined;
    const first = firstByte(text ? Opcode.text : Opcode.binary);
    // Servers do not mask, so what one connection is sent fits all (RFC 6455 §5.1).
    return turn.logs.append(this.#recipients, most, (target, offset) =>
      typeof data === "string"
        ? writeTextFrame(target, offset, first, data, undefined)
        : writeFrame(target, offset, first, data, undefined),
    );
  }

  /** Each route has settings of its own, which may be those of others all the same. */
  #listFor(settings: CompressionSettings): (BroadcastFrame | Promise<BroadcastFrame>)[] {
    this.#compressed ??= new Map();
    const known = this.#compressed.get(settings);
    if (known !== undefined) return known;
    const same = [...this.#compressed].find(([other]) => makeTheSame(other, settings));
    const list = same?.[1] ?? [];
    this.#compressed.set(settings, list);
    return list;
  }

  #plainFrame(): BroadcastFrame {
    this.#plain ??= { bytes: this.#frame(this.payload, 0), compressed: false };
    return this.#plain;
  }

  #compress(
    settings: CompressionSettings,
    windowBits: number,
  ): BroadcastFrame | Promise<BroadcastFrame> {
    const { data, compress } = this.#message;
    if (!(compress ?? isWorthwhile(settings, data))) return this.#plainFrame();
    const frame = (payload: Uint8Array | undefined) =>
      payload === undefined
        ? this.#plainFrame()
        : { bytes: this.#frame(payload, RSV1), compressed: true };
    const payload = deflateShared(this.payload, settings, windowBits);
    return payload instanceof Promise ? payload.then(frame) : frame(payload);
  }

  #frame(payload: Uint8Array, reserved: number): Buffer {
    const opcode = this.#message.text ? Opcode.text : Opcode.binary;
    const frame = Buffer.allocUnsafeSlow(MAX_HEADER_SIZE + payload.length);
    const end = writeFrame(frame, 0, firstByte(opcode, true, reserved), payload, undefined);
    return frame.subarray(0, end);
  }
}

/** Whether a message becomes the same frame with both. */
function makeTheSame(one: CompressionSettings, other: CompressionSettings): boolean {
  return (
    one.level === other.level &&
    one.memLevel === other.memLevel &&
    one.threshold === other.threshold &&
    one.shouldCompress === other.shouldCompress
  );
}
