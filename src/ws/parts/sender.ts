import { randomFillSync } from "node:crypto";
import type { Writable } from "node:stream";
import { encodeClose } from "../../protocol/close-payload.ts";
import { encodeHeader, headerSize, RSV1 } from "../../protocol/frame-header.ts";
import { firstByte } from "../../protocol/frame-writer.ts";
import { maskPayload } from "../../protocol/masking/mask.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { closePayload, contentOf, controlBytes } from "../payload.ts";
import { PerMessageDeflate } from "./per-message-deflate.ts";

/** How a frame is written. */
export interface FrameOptions {
  /** Whether the message ends with it. */
  fin?: boolean;
  /** Fills the four bytes of the masking key. Default: random bytes. */
  generateMask?: (mask: Buffer) => void;
  /** Whether it is masked. Default false. */
  mask?: boolean;
  /** The opcode, a number (RFC 6455 §5.2). */
  opcode: number;
  /** Whether the data must not be changed by masking it. Default false. */
  readOnly?: boolean;
  /** Whether it is the first frame of a compressed message. Default false. */
  rsv1?: boolean;
}

/** How a message is sent. */
export interface SenderOptions {
  /** Whether it is binary. Default false. */
  binary?: boolean;
  /** Whether it is compressed, where there is a permessage-deflate. Default false. */
  compress?: boolean;
  /** Whether the message ends with it. Default false. */
  fin?: boolean;
  /** Whether it is masked. Default false. */
  mask?: boolean;
}

type Callback = (error?: Error | null) => void;

/**
 * Frames onto a stream. For programs that have connections of their own: those of this library do not use it, but
 * for {@link frame}.
 */
export class Sender {
  readonly #stream: Writable;
  readonly #deflate: Pick<PerMessageDeflate, "compress"> | undefined;
  readonly #generateMask: ((mask: Buffer) => void) | undefined;
  /** Whether the next frame begins a message. */
  #isFirst = true;
  #compresses = false;
  /** What waits for a message that is being compressed. */
  #waiting: (() => void)[] | undefined;

  /** @param extensions what compresses messages, by the name of its extension */
  constructor(
    stream: Writable,
    extensions: Readonly<Record<string, Pick<PerMessageDeflate, "compress">>> = {},
    generateMask?: (mask: Buffer) => void,
  ) {
    this.#stream = stream;
    this.#deflate = extensions[PerMessageDeflate.extensionName];
    this.#generateMask = generateMask;
  }

  /**
   * A frame (RFC 6455 §5.2) in its parts, to be written one behind the other.
   *
   * @param data text, in UTF-8, or bytes
   */
  static frame(data: string | Buffer, options: FrameOptions): Buffer[] {
    const { opcode, fin = false, rsv1 = false, mask = false, readOnly, generateMask } = options;
    const isText = typeof data === "string";
    const payload = isText ? Buffer.from(data) : data;
    const header = Buffer.alloc(headerSize(payload.length, mask));
    const first = firstByte(opcode as Opcode, fin, rsv1 ? RSV1 : 0);
    const end = encodeHeader(header, 0, first, payload.length, mask ? 0x80 : 0);
    if (!mask) return [header, payload];
    const keyBytes = header.subarray(end);
    if (generateMask === undefined) randomFillSync(keyBytes);
    else generateMask(keyBytes);
    const masked = readOnly && !isText ? Buffer.from(payload) : payload;
    maskPayload(masked, 0, masked.length, keyBytes.readInt32LE(0));
    return [header, masked];
  }

  /** Sends a message, or a fragment of one. */
  send(data: unknown, options: SenderOptions, callback?: Callback): void {
    this.#inTurn(data, callback, (content) => {
      const { binary = false, compress = false, fin = false, mask = false } = options;
      const opcode = !this.#isFirst ? Opcode.continuation : binary ? Opcode.binary : Opcode.text;
      if (this.#isFirst) this.#compresses = compress && this.#deflate !== undefined;
      const frame = { fin, opcode, mask, rsv1: this.#compresses && this.#isFirst };
      this.#isFirst = fin;
      const write = (payload: Buffer) => this.#write(payload, frame, callback);
      if (this.#compresses) this.#compress(content, fin, write, callback);
      else write(content);
    });
  }

  /** Sends a Ping. @throws RangeError for more than 125 bytes */
  ping(data: unknown, mask?: boolean, callback?: Callback): void {
    this.#control(Opcode.ping, data, mask, callback);
  }

  /** Sends a Pong. @throws RangeError for more than 125 bytes */
  pong(data: unknown, mask?: boolean, callback?: Callback): void {
    this.#control(Opcode.pong, data, mask, callback);
  }

  /** Sends a Close frame. @throws TypeError, RangeError for a code or a reason that it cannot have */
  close(code?: number, reason?: string | Buffer, mask?: boolean, callback?: Callback): void {
    this.#control(Opcode.close, encodeClose(closePayload(code, reason)), mask, callback);
  }

  /** Writes a frame in its parts. */
  sendFrame(list: readonly Buffer[], callback?: Callback): void {
    this.#stream.cork();
    for (const [index, part] of list.entries()) {
      if (index === list.length - 1) this.#stream.write(part, callback);
      else this.#stream.write(part);
    }
    this.#stream.uncork();
  }

  #control(opcode: Opcode, data: unknown, mask: boolean | undefined, callback?: Callback): void {
    const content = contentOf(data);
    if (!(content instanceof Blob)) controlBytes(content);
    this.#inTurn(content, callback, (bytes) => {
      const frame = { fin: true, opcode, mask: mask === true };
      this.#write(controlBytes(bytes) as Buffer, frame, callback);
    });
  }

  #write(payload: Buffer, frame: FrameOptions, callback: Callback | undefined): void {
    const options = { ...frame, readOnly: true };
    const key = this.#generateMask;
    const list = Sender.frame(
      payload,
      key === undefined ? options : { ...options, generateMask: key },
    );
    this.sendFrame(list, callback);
  }

  #compress(
    content: Buffer,
    fin: boolean,
    write: (payload: Buffer) => void,
    callback: Callback | undefined,
  ): void {
    this.#hold();
    this.#deflate!.compress(content, fin, (error, payload) => {
      if (error === null) write(payload!);
      else callback?.(error);
      this.#goOn();
    });
  }

  /** Calls `send` with the bytes of `data`, behind everything that takes time. */
  #inTurn(data: unknown, callback: Callback | undefined, send: (content: Buffer) => void): void {
    const content = contentOf(data);
    if (this.#waiting !== undefined) {
      this.#waiting.push(() => this.#inTurn(content, callback, send));
    } else if (content instanceof Blob) {
      this.#hold();
      content.arrayBuffer().then(
        (bytes) => this.#goOn(() => send(Buffer.from(bytes))),
        (error) => this.#goOn(() => callback?.(error)),
      );
    } else if (typeof content === "string") send(Buffer.from(content));
    else send(Buffer.from(content.buffer, content.byteOffset, content.length));
  }

  #hold(): void {
    this.#waiting ??= [];
  }

  /** @param next what comes before all that waits */
  #goOn(next?: () => void): void {
    const waiting = this.#waiting ?? [];
    if (next !== undefined) waiting.unshift(next);
    this.#waiting = undefined;
    while (waiting.length > 0 && this.#waiting === undefined) waiting.shift()!();
    (this.#waiting as (() => void)[] | undefined)?.push(...waiting);
  }
}
