import { constants } from "node:buffer";
import { StringDecoder } from "node:string_decoder";
import { ProtocolError } from "../errors.ts";
import { decodeClose } from "./close-payload.ts";
import { MAX_CONTROL_PAYLOAD } from "./frame-header.ts";
import type { FrameSink } from "./frame-parser.ts";
import { borrow, giveBack } from "./lent-memory.ts";
import { allocateMessage, copyOf, LARGE } from "./message-memory.ts";
import { isControl, Opcode } from "./opcode.ts";
import { checkUtf8, decodeAscii, decodeText, decodeUtf8 } from "./text.ts";
import { UTF8_COMPLETE, UTF8_INVALID, validateUtf8 } from "./utf8.ts";

/** What the assembler calls: whole messages, their parts where asked for, and control frames. */
export interface MessageSink {
  /** @param text a string; its bytes where the assembler was told so, which are like those of `onBinary` */
  onText(text: string | Buffer): void;
  /** @param data may share memory with other messages, but not with the chunk it came in */
  onBinary(data: Buffer): void;
  /**
   * A compressed message (RFC 7692 §6), which comes whole and neither inflated nor judged.
   *
   * @param data to be kept only as a copy
   * @param own whether it has memory of its own; otherwise it lies in the chunk it came in
   */
  onCompressed(text: boolean, data: Buffer, own: boolean): void;
  /**
   * A message has begun that is not there as a whole.
   *
   * @returns true to be given it in parts as they arrive, by `onPart` and `onEndOfParts`; false to be
   * given it whole, by `onText` or `onBinary`
   */
  onBegin(text: boolean): boolean;
  /**
   * @param part a string for text (never cutting a character), a Buffer for binary and for text as bytes,
   * which is like that of `onBinary`
   */
  onPart(part: string | Buffer): void;
  onEndOfParts(): void;
  /** @param payload to be kept only as a copy, like the next one */
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  /** @param code 1005 for a Close frame without one (§7.1.5) */
  onClose(code: number, reason: string): void;
}

/**
 * What is made of text: a string, or the bytes of it, which are judged all the same; or just its bytes,
 * for a peer that is trusted to send nothing but UTF-8.
 */
export type Texts = "string" | "buffer" | "unjudged";

const SMALLEST_BUFFER = 1024;
/**
 * A message gets memory for at most so many times what of it has arrived: a peer that declares a length and sends
 * nothing costs nothing. While that is less than a socket is read at once, memory for little more is taken, so that
 * there is little to be copied when more comes. From then on 1 MiB and more is taken at once: to copy a half of it
 * would take a third of the time of a long message.
 */
const AHEAD = { ofLittle: 8, most: 128 * 1024, little: 32 * 1024, ofMuch: 64 };
const EMPTY = Buffer.alloc(0);

/**
 * Frames in, messages out (RFC 6455 §5.4, §5.5, §8.1). Fragments are put into one growing buffer,
 * so that each costs its bytes and no object; text is judged while it arrives.
 */
export class MessageAssembler implements FrameSink {
  /** Who gets the messages; may be another for each message. */
  sink: MessageSink;
  readonly #maxMessageSize: number;
  readonly #texts: Texts;
  #text = false;
  #compressed = false;
  #inMessage = false;
  #inParts = false;
  #decoder: StringDecoder | undefined;
  #utf8 = UTF8_COMPLETE;
  /** 0x80 if any byte of the message so far was not ASCII. */
  #seen = 0;
  #buffer: Buffer | undefined;
  #length = 0;
  /** Bytes of the message with those of the frame in progress that are still to come. */
  #declared = 0;
  /** The frame in progress: whether it is the last of its message, and its opcode. */
  #fin = false;
  #opcode: Opcode = Opcode.continuation;
  #control: Buffer | undefined;
  #controlLength = 0;

  /** @param maxMessageSize bytes; the parser enforces it, here it bounds how buffers grow */
  constructor(maxMessageSize: number, sink: MessageSink, texts: Texts = "string") {
    this.#maxMessageSize = maxMessageSize;
    this.#texts = texts;
    this.sink = sink;
  }

  /** Bytes of memory of the message in progress. */
  get held(): number {
    return this.#buffer?.length ?? 0;
  }

  onFrame(
    opcode: Opcode,
    fin: boolean,
    reserved: number,
    chunk: Buffer,
    start: number,
    end: number,
    seen: number,
  ): void {
    if (fin && reserved !== 0) {
      this.sink.onCompressed(opcode === Opcode.text, chunk.subarray(start, end), false);
    } else if (fin && opcode === Opcode.binary) {
      this.sink.onBinary(copyOf(chunk, start, end));
    } else if (fin && opcode === Opcode.text) {
      this.#onShortText(chunk, start, end, seen);
    } else if (isControl(opcode)) {
      this.#onControl(opcode, chunk.subarray(start, end));
    } else {
      this.onFrameStart(opcode, fin, reserved, end - start);
      this.onFramePart(chunk, start, end, seen);
      this.onFrameEnd();
    }
  }

  onFrameStart(opcode: Opcode, fin: boolean, reserved: number, length: number): void {
    this.#opcode = opcode;
    this.#fin = fin;
    if (isControl(opcode)) {
      this.#control ??= Buffer.allocUnsafeSlow(MAX_CONTROL_PAYLOAD);
      this.#controlLength = 0;
      return;
    }
    if (!this.#inMessage) this.#beginMessage(opcode === Opcode.text, reserved !== 0);
    if (!this.#inParts) this.#declare(length);
  }

  onFramePart(chunk: Buffer, start: number, end: number, seen: number): void {
    if (isControl(this.#opcode)) {
      this.#controlLength += chunk.copy(this.#control!, this.#controlLength, start, end);
      return;
    }
    const judged = this.#text && !this.#compressed && this.#texts !== "unjudged";
    if (judged) this.#judge(chunk, start, end, seen);
    if (this.#inParts) {
      this.#passOn(chunk, start, end);
      return;
    }
    if (this.held < this.#length + end - start) this.#grow(this.#length + end - start);
    this.#length += chunk.copy(this.#buffer ?? EMPTY, this.#length, start, end);
  }

  onFrameEnd(): void {
    if (isControl(this.#opcode)) {
      this.#onControl(this.#opcode, this.#control!.subarray(0, this.#controlLength));
    } else if (this.#fin) {
      this.#endMessage();
    }
  }

  #onShortText(chunk: Buffer, start: number, end: number, seen: number): void {
    if (this.#texts === "string") this.sink.onText(decodeText(chunk, start, end, seen));
    else {
      const bytes = copyOf(chunk, start, end);
      const known = seen === 0 || this.#texts === "unjudged";
      this.sink.onText(known ? bytes : checkUtf8(bytes));
    }
  }

  #beginMessage(text: boolean, compressed: boolean): void {
    this.#inMessage = true;
    this.#compressed = compressed;
    this.#text = text;
    this.#utf8 = UTF8_COMPLETE;
    this.#seen = 0;
    this.#length = 0;
    this.#declared = 0;
    this.#inParts = !compressed && this.sink.onBegin(text);
  }

  /** §8.1: an invalid byte fails the connection when it arrives, not when its frame ends. */
  #judge(chunk: Buffer, start: number, end: number, seen: number): void {
    this.#seen |= seen;
    if (seen === 0 && this.#utf8 === UTF8_COMPLETE) return;
    this.#utf8 = validateUtf8(chunk, start, end, this.#utf8);
    if (this.#utf8 === UTF8_INVALID) throw new ProtocolError("INVALID_UTF8");
  }

  #passOn(chunk: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (!this.#text || this.#texts !== "string") {
      this.sink.onPart(copyOf(chunk, start, end));
      return;
    }
    this.#decoder ??= new StringDecoder("utf8");
    const text = this.#decoder.write(chunk.subarray(start, end));
    if (text !== "") this.sink.onPart(text);
  }

  /** The header of a frame has come, with so many bytes to follow. */
  #declare(length: number): void {
    this.#declared = this.#length + length;
    // Where the limit is beyond them, what a string or a Buffer can hold is the limit.
    const most = this.#text ? constants.MAX_STRING_LENGTH : constants.MAX_LENGTH;
    if (this.#declared > most) {
      throw new ProtocolError("MESSAGE_TOO_BIG", `${this.#declared}, at most ${most}`);
    }
  }

  /** Makes room for `needed` bytes in all. */
  #grow(needed: number): void {
    const size = this.held;
    // Just what was declared where the message ends with that. A compressed message may be a little larger
    // than the limit: what it inflates to counts.
    const roomy = Math.max(2 * size, SMALLEST_BUFFER);
    const most = this.#fin ? 0 : Math.min(roomy, this.#maxMessageSize);
    const ahead = Math.max(memoryAhead(needed), SMALLEST_BUFFER);
    const wanted = Math.max(needed, Math.min(Math.max(this.#declared, most), ahead));
    const grown = allocate(wanted, this.#decodes);
    this.#buffer?.copy(grown, 0, 0, this.#length);
    if (this.#buffer !== undefined) giveBack(this.#buffer);
    this.#buffer = grown;
  }

  /** Whether the message is needed no longer than until it is decoded. */
  get #decodes(): boolean {
    return this.#text && !this.#compressed && this.#texts === "string";
  }

  #endMessage(): void {
    this.#inMessage = false;
    // §5.6: a character may be cut by the end of a fragment, not by the end of the message.
    if (this.#text && this.#utf8 !== UTF8_COMPLETE) throw new ProtocolError("INVALID_UTF8");
    if (this.#inParts) {
      this.sink.onEndOfParts();
      return;
    }
    const buffer = this.#buffer ?? EMPTY;
    this.#buffer = undefined;
    const message = buffer.subarray(0, this.#length);
    if (this.#compressed) this.sink.onCompressed(this.#text, message, true);
    else if (!this.#text) this.sink.onBinary(message);
    else if (this.#decodes) this.#endText(buffer);
    else this.sink.onText(message);
  }

  #endText(buffer: Buffer): void {
    const decode = this.#seen === 0 ? decodeAscii : decodeUtf8;
    const text = decode(buffer, 0, this.#length);
    // Before it is passed on, so that an answer can be written where it lay.
    giveBack(buffer);
    this.sink.onText(text);
  }

  #onControl(opcode: Opcode, payload: Buffer): void {
    if (opcode === Opcode.ping) this.sink.onPing(payload);
    else if (opcode === Opcode.pong) this.sink.onPong(payload);
    else this.#onClose(payload);
  }

  #onClose(payload: Buffer): void {
    const { code, reason } = decodeClose(payload);
    this.sink.onClose(code, reason);
  }
}

/** The most memory that a message may have once so many bytes of it have arrived. */
function memoryAhead(arrived: number): number {
  const { little, ofLittle, most, ofMuch } = AHEAD;
  return arrived < little ? Math.min(ofLittle * arrived, most) : ofMuch * arrived;
}

/**
 * Memory for a message, which text has need of no longer than until it is decoded.
 *
 * @throws ProtocolError for a size that a peer has chosen and the limit allows, but for which there is
 * no memory
 */
function allocate(size: number, text: boolean): Buffer {
  try {
    return text && size >= LARGE ? borrow(size) : allocateMessage(size);
  } catch {
    throw new ProtocolError("MESSAGE_TOO_BIG", `no memory for ${size} bytes`);
  }
}
