import { ProtocolError } from "../errors.ts";
import { FIN, FrameHeader, type FrameRules, keyAt, MAX_HEADER_SIZE } from "./frame-header.ts";
import { applyMask, rotateKey } from "./masking/mask.ts";
import {
  gatherFragments,
  seenInNextFrame,
  sharedChunk,
  unmaskFrames,
} from "./masking/mask-simd.ts";
import { keepTogether } from "./message-memory.ts";
import { isControl, Opcode } from "./opcode.ts";

/**
 * What the parser calls. A frame that lies in one chunk comes as one `onFrame`; any other as
 * `onFrameStart`, any number of `onFramePart` and `onFrameEnd`. Payloads are unmasked in place:
 * they are ranges of the chunk that was pushed, and nothing is copied. The chunk is the pusher's, who
 * may use it again: what is to be kept must be copied before the call ends.
 *
 * `seen` is 0x80 if any byte of the range has its highest bit set and 0 if all are ASCII, for text
 * and whatever continues it; it has no meaning for other frames.
 */
export interface FrameSink {
  onFrame(
    opcode: Opcode,
    fin: boolean,
    reserved: number,
    chunk: Buffer,
    start: number,
    end: number,
    seen: number,
  ): void;
  /** @param length payload length that the header declares, in bytes */
  onFrameStart(opcode: Opcode, fin: boolean, reserved: number, length: number): void;
  onFramePart(chunk: Buffer, start: number, end: number, seen: number): void;
  onFrameEnd(): void;
}

// A header is decoded here and, where its payload is not there yet, copied into the parser: a
// connection that is between frames needs no header object of its own.
const header = new FrameHeader();

const SHORT_TEXT = FIN | Opcode.text;
const SHORT_BINARY = FIN | Opcode.binary;

/**
 * Chunks in, frames out (RFC 6455 §5.2 to §5.5). Holds no payload: at most the bytes of one
 * incomplete header are kept from one chunk to the next.
 */
export class FrameParser<Sink extends FrameSink = FrameSink> {
  /** What it calls. */
  readonly sink: Sink;
  readonly #rules: FrameRules;
  /** Opcode and reserved bits of the message in progress, 0 between messages. */
  #messageOpcode = 0;
  #messageSize = 0;
  #fragments = 0;
  /** An incomplete header. */
  #head: Uint8Array | undefined;
  #headLength = 0;
  /** Payload bytes still to come of the frame in progress; -1 between frames. */
  #remaining = -1;
  #opcode: Opcode = Opcode.continuation;
  #fin = false;
  #key = 0;
  #stopped = false;
  /** Up to here the frames of the chunk that is being parsed have been unmasked ahead. */
  #unmaskedEnd = 0;

  constructor(rules: FrameRules, sink: Sink) {
    this.#rules = rules;
    this.sink = sink;
  }

  /** Whether the next byte begins a new message: nothing is half received. */
  get idle(): boolean {
    return this.#messageOpcode === 0 && this.#remaining < 0 && this.#headLength === 0;
  }

  /** Whether a header has come whose payload has not, as a whole. */
  get withinFrame(): boolean {
    return this.#remaining >= 0;
  }

  /**
   * Parses `chunk` from `start` up to `end`, calling the sink, to the last byte or until
   * {@link stop}. The payloads in it are unmasked in place.
   *
   * @returns the offset of the first byte not parsed
   * @throws ProtocolError at the first byte that breaks a rule; the parser is of no use then
   */
  push(chunk: Buffer, start = 0, end = chunk.length): number {
    let at = start;
    this.#stopped = false;
    this.#unmaskedEnd = 0;
    if (chunk === sharedChunk) keepTogether(0);
    while (at < end && !this.#stopped) {
      if (this.#remaining >= 0) at = this.#continuePayload(chunk, at, end);
      else if (this.#headLength > 0) at = this.#continueHeader(chunk, at, end);
      else {
        if (chunk === sharedChunk && at >= this.#unmaskedEnd) this.#unmaskAhead(at, end);
        at = this.#shortMessage(chunk, at, end) || this.#startFrame(chunk, at, end);
      }
    }
    return at;
  }

  /** Makes {@link push} return after the call to the sink that is under way. */
  stop(): void {
    this.#stopped = true;
  }

  /** `start` is where a frame begins in the chunk that all sockets share. */
  #unmaskAhead(start: number, end: number): void {
    this.#unmaskedEnd = this.#rules.masked ? unmaskFrames(start, end) : end;
    keepTogether(this.#unmaskedEnd);
  }

  /**
   * The most frequent frame of a server, a whole short message in one masked frame, without the
   * detour over a header object: 64-byte messages pipelined are parsed in half the time
   * (`npm run bench:micro`). Whatever is not that, or not all there, is left to #startFrame.
   *
   * @returns the offset behind the frame, 0 if it is none of that kind
   */
  #shortMessage(chunk: Buffer, start: number, end: number): number {
    const first = chunk[start]!;
    if ((first !== SHORT_TEXT && first !== SHORT_BINARY) || end - start < 6) return 0;
    if (this.#messageOpcode !== 0 || !this.#rules.masked) return 0;
    // Below 126 only for a masked frame whose length is in these seven bits.
    const length = chunk[start + 1]! ^ 0x80;
    const body = start + 6;
    const last = body + length;
    if (length >= 126 || last > end || length > this.#rules.maxMessageSize) return 0;
    const seen =
      start < this.#unmaskedEnd
        ? seenInNextFrame()
        : applyMask(chunk, body, last, keyAt(chunk, start + 2));
    const opcode = first === SHORT_TEXT ? Opcode.text : Opcode.binary;
    this.sink.onFrame(opcode, true, 0, chunk, body, last, seen);
    return last;
  }

  #startFrame(chunk: Buffer, start: number, end: number): number {
    const size = this.#decode(chunk, start, end);
    if (size > 0) return this.#startPayload(chunk, start + size, end);
    this.#head ??= new Uint8Array(MAX_HEADER_SIZE);
    for (let i = start; i < end; i++) this.#head[this.#headLength++] = chunk[i]!;
    return end;
  }

  #continueHeader(chunk: Buffer, start: number, end: number): number {
    const head = this.#head!;
    for (let at = start; at < end; ) {
      head[this.#headLength++] = chunk[at++]!;
      if (this.#decode(head, 0, this.#headLength) > 0) {
        this.#headLength = 0;
        return this.#startPayload(chunk, at, end);
      }
    }
    return end;
  }

  #decode(bytes: Uint8Array, start: number, end: number): number {
    // Between messages #messageSize is still that of the last one.
    const size = this.#messageOpcode === 0 ? 0 : this.#messageSize;
    return header.decode(bytes, start, end, this.#rules, this.#messageOpcode, size);
  }

  /** The header is complete; `start` is where its payload begins. */
  #startPayload(chunk: Buffer, start: number, end: number): number {
    const { opcode, fin, reserved, length, key } = header;
    if (!isControl(opcode)) this.#countFragment(opcode, reserved, length);
    if (end - start >= length) {
      const last = start + length;
      const ahead = last <= this.#unmaskedEnd && this.#rules.masked;
      const seen = ahead ? seenInNextFrame() : this.#unmask(chunk, start, last, key, opcode);
      if (ahead && !fin && reserved === 0) return this.#gather(opcode, chunk, start, last, seen);
      if (fin && !isControl(opcode)) this.#messageOpcode = 0;
      this.sink.onFrame(opcode, fin, reserved, chunk, start, last, seen);
      return last;
    }
    this.#opcode = opcode;
    this.#fin = fin;
    this.#key = key;
    this.#remaining = length;
    this.sink.onFrameStart(opcode, fin, reserved, length);
    return start;
  }

  /** A fragment, with those behind it that lie in the chunk too: they become one. */
  #gather(opcode: Opcode, chunk: Buffer, start: number, end: number, seen: number): number {
    const { maxMessageSize, maxFragments } = this.#rules;
    const room = maxMessageSize - this.#messageSize;
    const most = maxFragments - this.#fragments;
    const more = gatherFragments(end, this.#unmaskedEnd, room, most);
    if (more === undefined) {
      this.sink.onFrame(opcode, false, 0, chunk, start, end, seen);
      return end;
    }
    this.#messageSize += more.to - end;
    this.#fragments += more.count;
    if (more.fin) this.#messageOpcode = 0;
    // What was copied of the chunk before has the payloads where they were.
    keepTogether(0);
    this.sink.onFrame(opcode, more.fin, 0, chunk, start, more.to, seen | more.seen);
    return more.at;
  }

  #continuePayload(chunk: Buffer, start: number, end: number): number {
    const last = Math.min(end, start + this.#remaining);
    const seen = this.#unmask(chunk, start, last, this.#key, this.#opcode);
    this.#key = rotateKey(this.#key, last - start);
    this.#remaining -= last - start;
    this.sink.onFramePart(chunk, start, last, seen);
    if (this.#remaining === 0) {
      this.#remaining = -1;
      if (this.#fin && !isControl(this.#opcode)) this.#messageOpcode = 0;
      this.sink.onFrameEnd();
    }
    return last;
  }

  #countFragment(opcode: Opcode, reserved: number, length: number): void {
    if (opcode !== Opcode.continuation) {
      this.#messageOpcode = opcode | reserved;
      this.#messageSize = 0;
      this.#fragments = 0;
    }
    this.#messageSize += length;
    if (++this.#fragments > this.#rules.maxFragments) {
      throw new ProtocolError(
        "TOO_MANY_FRAGMENTS",
        `limit ${this.#rules.maxFragments}: the option maxFragments`,
      );
    }
  }

  #unmask(chunk: Buffer, start: number, end: number, key: number, opcode: Opcode): number {
    if (this.#rules.masked) return applyMask(chunk, start, end, key);
    // A key of zero leaves the bytes alone: the same pass classifies text from a server.
    return opcode === Opcode.binary ? 0 : applyMask(chunk, start, end, 0);
  }
}
