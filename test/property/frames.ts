import fc from "fast-check";
import { firstByte, writeFrame } from "../../src/protocol/frame-writer.ts";
import { Opcode } from "../../src/protocol/opcode.ts";
import type { Received, Role } from "../protocol/receiver.ts";

/** One frame to be sent, and what is received when it is complete. */
export interface SentFrame {
  readonly opcode: Opcode;
  readonly fin: boolean;
  readonly payload: Uint8Array;
  readonly received: Received | undefined;
}

const hex = (payload: Uint8Array): string => Buffer.from(payload).toString("hex");

const ping: fc.Arbitrary<SentFrame> = fc.uint8Array({ maxLength: 125 }).map((payload) => ({
  opcode: Opcode.ping,
  fin: true,
  payload,
  received: ["ping", hex(payload)],
}));

const pong: fc.Arbitrary<SentFrame> = ping.map((frame) => ({
  ...frame,
  opcode: Opcode.pong,
  received: ["pong", hex(frame.payload)],
}));

const closeCode = fc.oneof(
  fc.constantFrom(1000, 1001, 1002, 1003, 1007, 1014),
  fc.integer({ min: 3000, max: 4999 }),
);

const close: fc.Arbitrary<SentFrame> = fc
  .tuple(closeCode, fc.string({ unit: "binary", maxLength: 30 }))
  .map(([code, reason]) => ({
    opcode: Opcode.close,
    fin: true,
    payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]),
    received: ["close", code, reason],
  }));

const emptyClose: fc.Arbitrary<SentFrame> = fc.constant({
  opcode: Opcode.close,
  fin: true,
  payload: Buffer.alloc(0),
  received: ["close", 1005, ""],
});

const control = fc.oneof(ping, pong, close, emptyClose);

// Characters of one to four bytes, and ASCII, which takes a path of its own.
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 400 }),
  fc.constantFrom("", "é".repeat(63), "a".repeat(125), "a".repeat(126)),
);

const binary = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.constantFrom(125, 126).map((length) => new Uint8Array(length).fill(0xc3)),
);

// Frames with a length in 64 bits, and the longest below them.
const longText = fc.constantFrom("€".repeat(22_000), "a".repeat(65_535), "é😀".repeat(12_000));
const longBinary = fc
  .constantFrom(65_535, 65_536, 70_000)
  .map((length) => new Uint8Array(length).fill(0xc3));

interface Content {
  readonly opcode: Opcode;
  readonly bytes: Buffer;
  readonly received: Received;
}

function contents(
  texts: fc.Arbitrary<string>,
  binaries: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<Content> {
  return fc.oneof(
    texts.map(
      (value): Content => ({
        opcode: Opcode.text,
        bytes: Buffer.from(value),
        received: ["text", value],
      }),
    ),
    binaries.map(
      (value): Content => ({
        opcode: Opcode.binary,
        bytes: Buffer.from(value),
        received: ["binary", hex(value)],
      }),
    ),
  );
}

const cuts = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), control), {
  maxLength: 5,
});

/** Messages cut into fragments anywhere, in characters too, with control frames between. */
function messages(content: fc.Arbitrary<Content>): fc.Arbitrary<SentFrame[]> {
  return fc.tuple(content, cuts).map(([{ opcode, bytes, received }, where]) => {
    const frames: SentFrame[] = [];
    const add = (fin: boolean, payload: Uint8Array, whole: Received | undefined): void => {
      const first = frames.length === 0 ? opcode : Opcode.continuation;
      frames.push({ opcode: first, fin, payload, received: whole });
    };
    let start = 0;
    for (const [cut, between] of [...where].sort(([a], [b]) => a - b)) {
      const end = Math.round(cut * bytes.length);
      add(false, bytes.subarray(start, end), undefined);
      frames.push(between);
      start = end;
    }
    add(true, bytes.subarray(start), received);
    return frames;
  });
}

const controlFrame = control.map((frame) => [frame]);

/** Any valid sequence of frames of at most some hundred bytes. */
export const frameSequence: fc.Arbitrary<SentFrame[]> = fc
  .array(fc.oneof(messages(contents(text, binary)), controlFrame), { maxLength: 6 })
  .map((all) => all.flat());

/** The same with messages of about 64 KiB. */
export const longFrameSequence: fc.Arbitrary<SentFrame[]> = fc
  .array(fc.oneof(messages(contents(longText, longBinary)), controlFrame), { maxLength: 3 })
  .map((all) => all.flat());

/** The frames as they are on the wire, towards `role`. */
export function onTheWire(frames: readonly SentFrame[], role: Role, firstKey: number): Buffer {
  let key = firstKey;
  const nextKey = () => {
    key = (Math.imul(key, 0x9e3779b1) + 0x7f4a7c15) | 0;
    return key;
  };
  return Buffer.concat(
    frames.map(({ opcode, fin, payload }) => {
      const target = Buffer.alloc(14 + payload.length);
      const first = firstByte(opcode, fin);
      const end = writeFrame(target, 0, first, payload, role === "server" ? nextKey : undefined);
      return target.subarray(0, end);
    }),
  );
}
