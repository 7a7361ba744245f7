import { type Dialect, wrap } from "./dialect.ts";

/**
 * Frames made beforehand (RFC 6455 §5.2). The load generator sends slices of one long buffer and
 * knows byte by byte what has to come back, so while it measures it neither builds nor parses.
 */

/** What a message consists of: random bytes, printable ASCII, letters, or text of 1 to 4 bytes a character. */
export type Content = "binary" | "ascii" | "letters" | "multibyte";

/** The messages of one measurement. */
export interface MessageSpec {
  /** Payload of one message, in bytes. */
  readonly size: number;
  readonly content: Content;
  /** Frames per message; more than 1 sends it fragmented (§5.4). */
  readonly fragments: number;
}

/** Fills a buffer with random bytes. */
export type RandomFill = (target: Uint8Array) => void;

/** Requests and the replies they must get, each a whole number of messages in a row. */
export interface Exchange {
  /** Number of different messages. */
  readonly count: number;
  /** What to send: `count` messages, then the first `extra` again, so that a slice may run over the end. */
  readonly request: Uint8Array;
  /** Bytes of one message as sent. */
  readonly requestSize: number;
  /** What comes back for the `count` messages, one after the other (masks, if any, are zero here). */
  readonly reply: Uint8Array;
  /** Bytes of one message as it comes back. */
  readonly replySize: number;
  /** Bytes of the header in front of each reply, its mask included. */
  readonly replyHeader: number;
  /** Whether replies are masked with keys of the other side's choice (we play the server). */
  readonly replyMasked: boolean;
}

// Enough for no two neighbours to be alike, little enough to stay in the processor's cache.
const MAX_MESSAGES = 256;
const MAX_BYTES = 2 ** 21;

const TEXT = 0x1;
const BINARY = 0x2;
const FIN = 0x80;
const MASKED = 0x80;

/** Bytes of a frame header (§5.2) for a payload of `length` bytes. */
export function headerSize(length: number, masked: boolean): number {
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  return 2 + extended + (masked ? 4 : 0);
}

/**
 * Writes one frame at `offset` and returns the offset behind it.
 *
 * @param first the first byte: FIN and opcode
 * @param mask four bytes, or undefined for an unmasked frame
 */
export function writeFrame(
  target: Uint8Array,
  offset: number,
  first: number,
  payload: Uint8Array,
  mask: Uint8Array | undefined,
): number {
  const view = new DataView(target.buffer, target.byteOffset);
  const length = payload.length;
  const bit = mask === undefined ? 0 : MASKED;
  let at = offset;
  target[at++] = first;
  if (length < 126) {
    target[at++] = bit | length;
  } else if (length < 65_536) {
    target[at++] = bit | 126;
    view.setUint16(at, length);
    at += 2;
  } else {
    target[at++] = bit | 127;
    view.setBigUint64(at, BigInt(length));
    at += 8;
  }
  if (mask === undefined) {
    target.set(payload, at);
    return at + length;
  }
  target.set(mask, at);
  at += 4;
  for (let i = 0; i < length; i++) {
    target[at + i] = payload[i]! ^ mask[i & 3]!;
  }
  return at + length;
}

// Two, three and four bytes of UTF-8, in the order that a text of several languages would have.
const WIDE = ["ä", "é", "ж", "語", "本", "€", "🙂", "𝕏"].map((c) => new TextEncoder().encode(c));

/** A payload of exactly `spec.size` bytes; text is valid UTF-8. */
export function makePayload(spec: MessageSpec, random: RandomFill): Uint8Array {
  const payload = new Uint8Array(spec.size);
  random(payload);
  if (spec.content === "binary") return payload;
  if (spec.content === "letters") return payload.map((byte) => 0x61 + (byte % 26));
  for (let i = 0; i < payload.length; i++) payload[i] = 0x20 + (payload[i]! % 95);
  if (spec.content === "ascii") return payload;
  // Every other character is of more than one byte.
  for (let i = 0; i < payload.length; i += 1) {
    const wide = WIDE[payload[i]! & 7]!;
    if (i + wide.length >= payload.length) break;
    payload.set(wide, i);
    i += wide.length;
  }
  return payload;
}

/** Who is on the other side of an {@link Exchange}, and what it answers. */
export interface Partner {
  /** Who we are: a client masks what it sends (§5.1), a server does not. */
  readonly side: "client" | "server";
  /** True if the other side returns the very bytes that it got (raw `net`). */
  readonly mirror: boolean;
  /** Whether it answers with the length of a message, in decimal digits as text. */
  readonly length?: boolean;
  /** How often each message comes back; once by default. */
  readonly copies?: number;
  /** What it speaks; by default nothing but the messages. */
  readonly dialect?: Dialect;
}

/**
 * Builds the messages of a measurement, each with a payload and masks of its own.
 *
 * @param extra messages repeated behind the last, see {@link Exchange.request}
 */
export function makeExchange(
  spec: MessageSpec,
  partner: Partner,
  extra: number,
  random: RandomFill,
): Exchange {
  const count = Math.max(2, Math.min(MAX_MESSAGES, Math.floor(MAX_BYTES / Math.max(1, spec.size))));
  const { mirror, copies = 1, dialect = "plain" } = partner;
  const masked = partner.side === "client";
  const size = wrap(dialect, new Uint8Array(spec.size)).length;
  const pieces = splitSizes(size, spec.fragments);
  const requestSize = pieces.reduce((sum, n) => sum + headerSize(n, masked) + n, 0);
  const opcode = spec.content === "binary" ? BINARY : TEXT;
  const length = partner.length === true ? Buffer.from(String(spec.size)) : undefined;
  const answerSize = length?.length ?? size;
  const replyHeader = headerSize(answerSize, !masked);
  const replySize = mirror ? requestSize : replyHeader + answerSize;
  const noMask = new Uint8Array(4);

  const request = new Uint8Array((count + extra) * requestSize);
  const reply = new Uint8Array(count * copies * replySize);
  for (let i = 0; i < count; i++) {
    const payload = wrap(dialect, makePayload(spec, random));
    writeMessage(request, i * requestSize, opcode, payload, pieces, masked ? random : undefined);
    const at = i * copies * replySize;
    if (mirror) {
      reply.set(request.subarray(i * requestSize, (i + 1) * requestSize), at);
    } else {
      const first = FIN | (length === undefined ? opcode : TEXT);
      writeFrame(reply, at, first, length ?? payload, masked ? undefined : noMask);
    }
    for (let copy = 1; copy < copies; copy++) {
      reply.copyWithin(at + copy * replySize, at, at + replySize);
    }
  }
  const once = request.subarray(0, count * requestSize);
  for (let at = once.length; at < request.length; at += once.length) {
    request.set(once.subarray(0, Math.min(once.length, request.length - at)), at);
  }
  return {
    count,
    request,
    requestSize,
    reply,
    replySize,
    replyHeader,
    replyMasked: !masked && !mirror,
  };
}

/** Sizes of the fragments of a message of `size` bytes, as equal as they come. */
function splitSizes(size: number, fragments: number): number[] {
  const sizes: number[] = [];
  for (let i = 0; i < fragments; i++) {
    sizes.push(Math.floor(((i + 1) * size) / fragments) - Math.floor((i * size) / fragments));
  }
  return sizes;
}

function writeMessage(
  target: Uint8Array,
  offset: number,
  opcode: number,
  payload: Uint8Array,
  pieces: readonly number[],
  random: RandomFill | undefined,
): void {
  const mask = random === undefined ? undefined : new Uint8Array(4);
  let at = offset;
  let start = 0;
  pieces.forEach((length, index) => {
    if (mask !== undefined) random?.(mask);
    // §5.4: the first frame has the opcode, the rest 0; only the last has FIN.
    const first = (index === pieces.length - 1 ? FIN : 0) | (index === 0 ? opcode : 0);
    at = writeFrame(target, at, first, payload.subarray(start, start + length), mask);
    start += length;
  });
}
