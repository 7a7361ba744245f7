import type { ProtocolFailure } from "../../src/errors.ts";
import { mayBeOnTheWire } from "../../src/protocol/close-code.ts";
import type { FrameRules } from "../../src/protocol/frame-header.ts";
import type { Received } from "../protocol/receiver.ts";
import { isCompleteText, isStartOfText } from "../protocol/utf8-oracle.ts";

/** What a receiver makes of some bytes: what came, and how it failed if it did. */
export interface Outcome {
  readonly received: Received[];
  readonly failure: ProtocolFailure | undefined;
}

/** A rule was broken. */
class Broken {
  readonly code: ProtocolFailure;

  constructor(code: ProtocolFailure) {
    this.code = code;
  }
}

/** The bytes end here, which is no fault. */
class End {}

/**
 * RFC 6455 §5 read from top to bottom, with no thought of speed, chunks or memory: what the
 * parser and the assembler must agree with. It shares no code with them but the close codes.
 */
export function referenceReceive(input: Uint8Array, rules: FrameRules): Outcome {
  const received: Received[] = [];
  try {
    receiveFrames(input, rules, received);
  } catch (stopped) {
    if (stopped instanceof Broken) return { received, failure: stopped.code };
    if (!(stopped instanceof End)) throw stopped;
  }
  return { received, failure: undefined };
}

/** A frame that has come to its end. */
export interface ReferenceFrame {
  readonly opcode: number;
  readonly fin: boolean;
  /** The reserved bits, where they are in the first byte. */
  readonly reserved: number;
  /** In hex. */
  readonly payload: string;
}

/** The same without messages: the frames, and what is wrong with their headers. */
export function referenceFrames(
  input: Uint8Array,
  rules: FrameRules,
): { frames: ReferenceFrame[]; failure: ProtocolFailure | undefined } {
  const frames: ReferenceFrame[] = [];
  try {
    readFrames(input, rules, frames);
  } catch (stopped) {
    if (stopped instanceof Broken) return { frames, failure: stopped.code };
    if (!(stopped instanceof End)) throw stopped;
  }
  return { frames, failure: undefined };
}

function readFrames(input: Uint8Array, rules: FrameRules, frames: ReferenceFrame[]): void {
  let at = 0;
  let message: { compressed: boolean; size: bigint; frames: number } | undefined;
  const next = (): number => {
    if (at === input.length) throw new End();
    return input[at++]!;
  };
  for (;;) {
    const first = next();
    const opcode = first & 15;
    checkFirst(first, rules, message !== undefined);
    const length = readLength(next, rules, opcode);
    if (opcode === 1 || opcode === 2) {
      message = { compressed: (first & 0x40) !== 0, size: 0n, frames: 0 };
    }
    if (opcode < 8) {
      message!.size += length;
      // Beyond 2^53 - 1 a length is no exact number any more, whatever the limit is.
      const most = Math.min(wireLimit(rules, message!.compressed), Number.MAX_SAFE_INTEGER);
      if (message!.size > BigInt(most)) throw new Broken("MESSAGE_TOO_BIG");
    }
    const key = rules.masked ? [next(), next(), next(), next()] : [0, 0, 0, 0];
    if (opcode < 8 && ++message!.frames > rules.maxFragments) {
      throw new Broken("TOO_MANY_FRAGMENTS");
    }
    if (length > BigInt(input.length - at)) throw new End();
    const payload = Buffer.from(input.subarray(at, at + Number(length)));
    for (let i = 0; i < payload.length; i++) payload[i]! ^= key[i % 4]!;
    at += payload.length;
    const fin = first >= 128;
    frames.push({ opcode, fin, reserved: first & 0x70, payload: payload.toString("hex") });
    if (fin && opcode < 8) message = undefined;
  }
}

interface Message {
  text: boolean;
  /** RSV1 on its first frame (RFC 7692 §6): its bytes mean nothing before they are inflated. */
  compressed: boolean;
  content: number[];
  frames: number;
}

function receiveFrames(input: Uint8Array, rules: FrameRules, received: Received[]): void {
  let at = 0;
  let message: Message | undefined;
  const next = (): number => {
    if (at === input.length) throw new End();
    return input[at++]!;
  };
  for (;;) {
    const first = next();
    const opcode = first & 15;
    const fin = first >= 128;
    checkFirst(first, rules, message !== undefined);
    const length = readLength(next, rules, opcode);
    if (opcode < 8) {
      const compressed = (first & 0x40) !== 0;
      if (opcode !== 0) message = { text: opcode === 1, compressed, content: [], frames: 0 };
      const size = BigInt(message!.content.length) + length;
      if (size > BigInt(wireLimit(rules, message!.compressed))) throw new Broken("MESSAGE_TOO_BIG");
    }
    const key = rules.masked ? [next(), next(), next(), next()] : [0, 0, 0, 0];
    const content = opcode < 8 ? message!.content : [];
    if (opcode < 8 && ++message!.frames > rules.maxFragments) {
      throw new Broken("TOO_MANY_FRAGMENTS");
    }
    const there = Math.min(Number(length), input.length - at);
    for (let i = 0; i < there; i++) content.push(next() ^ key[i % 4]!);
    const isText = opcode < 8 && message!.text && !message!.compressed;
    if (isText && !isStartOfText(Uint8Array.from(content))) throw new Broken("INVALID_UTF8");
    if (there < Number(length)) throw new End();
    if (opcode >= 8) {
      received.push(controlFrame(opcode, Buffer.from(content)));
    } else if (fin) {
      received.push(wholeMessage(message!, Buffer.from(content)));
      message = undefined;
    }
  }
}

function checkFirst(first: number, rules: FrameRules, inMessage: boolean): void {
  const opcode = first & 15;
  const claimed = opcode === 1 || opcode === 2 ? rules.reservedBits : 0;
  if ((first & 0x70 & ~claimed) !== 0) throw new Broken("RESERVED_BITS");
  if (![0, 1, 2, 8, 9, 10].includes(opcode)) throw new Broken("RESERVED_OPCODE");
  if (opcode >= 8 && first < 128) throw new Broken("CONTROL_FRAGMENTED");
  if (opcode === 0 && !inMessage) throw new Broken("UNEXPECTED_CONTINUATION");
  if ((opcode === 1 || opcode === 2) && inMessage) throw new Broken("EXPECTED_CONTINUATION");
}

function readLength(next: () => number, rules: FrameRules, opcode: number): bigint {
  const second = next();
  if (second >= 128 && !rules.masked) throw new Broken("MASK_FORBIDDEN");
  if (second < 128 && rules.masked) throw new Broken("MASK_REQUIRED");
  const short = second & 127;
  if (opcode >= 8 && short > 125) throw new Broken("CONTROL_TOO_LONG");
  // §5.5.1: the length alone shows it.
  if (opcode === 8 && short === 1) throw new Broken("CLOSE_PAYLOAD_LENGTH");
  if (short < 126) return BigInt(short);
  let length = BigInt(next());
  if (short === 127 && length > 127n) throw new Broken("LENGTH_INVALID");
  for (let more = short === 126 ? 1 : 7; more > 0; more--) length = length * 256n + BigInt(next());
  if (length < (short === 126 ? 126n : 65_536n)) throw new Broken("LENGTH_NOT_MINIMAL");
  return length;
}

function controlFrame(opcode: number, payload: Buffer): Received {
  if (opcode !== 8) return [opcode === 9 ? "ping" : "pong", payload.toString("hex")];
  if (payload.length === 0) return ["close", 1005, ""];
  const code = payload.readUInt16BE();
  const reason = payload.subarray(2);
  if (!mayBeOnTheWire(code)) throw new Broken("CLOSE_CODE_INVALID");
  if (!isCompleteText(reason)) throw new Broken("INVALID_UTF8");
  return ["close", code, reason.toString()];
}

/** What does not compress may take a little more on the wire than it will have inflated. */
function wireLimit({ maxMessageSize }: FrameRules, compressed: boolean): number {
  return compressed ? maxMessageSize + Math.ceil(maxMessageSize / 8) + 1024 : maxMessageSize;
}

function wholeMessage({ text, compressed }: Message, content: Buffer): Received {
  if (compressed) return [text ? "compressed text" : "compressed binary", content.toString("hex")];
  if (!text) return ["binary", content.toString("hex")];
  if (!isCompleteText(content)) throw new Broken("INVALID_UTF8");
  return ["text", content.toString()];
}
