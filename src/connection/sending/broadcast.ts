import {
  deflateShared,
  isWorthwhile,
  type MessageDeflater,
} from "../../compression/message-deflater.ts";
import type { CompressionSettings } from "../../compression/options.ts";
import { headerSize, RSV1 } from "../../protocol/frame-header.ts";
import { firstByte, writeFrame } from "../../protocol/frame-writer.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { copyUnlessLarge, type Data, toMessage } from "./data.ts";

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
  /** The message; text is in UTF-8. */
  readonly payload: Uint8Array;
  readonly #data: string | Uint8Array;
  #plain: BroadcastFrame | undefined;
  /** By settings, and in each list by the bits of the window. */
  readonly #compressed = new Map<
    CompressionSettings,
    (BroadcastFrame | Promise<BroadcastFrame>)[]
  >();

  /** @throws ArgumentError for what is no message */
  constructor(data: Exclude<Data, Blob>) {
    this.#data = copyUnlessLarge(toMessage(data));
    this.payload = typeof this.#data === "string" ? Buffer.from(this.#data) : this.#data;
  }

  /** The frame for a connection; a promise where it is compressed on the thread pool. */
  frameFor(deflater: MessageDeflater | undefined): BroadcastFrame | Promise<BroadcastFrame> {
    if (deflater === undefined) return this.#plainFrame();
    const { settings, windowBits } = deflater;
    const list = this.#listFor(settings);
    list[windowBits] ??= this.#compress(settings, windowBits);
    return list[windowBits];
  }

  /** Each route has settings of its own, which may be those of others all the same. */
  #listFor(settings: CompressionSettings): (BroadcastFrame | Promise<BroadcastFrame>)[] {
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
    if (!isWorthwhile(settings, this.#data)) return this.#plainFrame();
    const frame = (payload: Uint8Array | undefined) =>
      payload === undefined
        ? this.#plainFrame()
        : { bytes: this.#frame(payload, RSV1), compressed: true };
    const payload = deflateShared(this.payload, settings, windowBits);
    return payload instanceof Promise ? payload.then(frame) : frame(payload);
  }

  #frame(payload: Uint8Array, reserved: number): Buffer {
    const opcode = typeof this.#data === "string" ? Opcode.text : Opcode.binary;
    const frame = Buffer.allocUnsafeSlow(headerSize(payload.length, false) + payload.length);
    // Servers do not mask, so what one connection is sent fits all (RFC 6455 §5.1).
    writeFrame(frame, 0, firstByte(opcode, true, reserved), payload, undefined);
    return frame;
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
