import { firstByte, writeFrame } from "../../src/protocol/frame-writer.ts";
import { Opcode } from "../../src/protocol/opcode.ts";
import type { Feeding } from "../property/feeding.ts";
import type { Role } from "../protocol/receiver.ts";
import type { Random } from "./random.ts";

const CHARACTERS = ["a", "z ", "\0", "é", "€", "😀", "\ufeff", "\u{10ffff}", "\ud7ff", "\ue000"];
const LENGTHS = [0, 1, 2, 5, 20, 63, 64, 65, 124, 125, 126, 127, 300];
const CONTROLS = [Opcode.ping, Opcode.pong, Opcode.ping, Opcode.pong, Opcode.close];
const CLOSE_CODES = [1000, 1001, 1003, 1007, 1014, 3000, 4999, 1005, 1006, 999, 5000];

/** Bytes that are likely to go far: valid frames, mostly, broken here and there. */
export function frameStream(random: Random, role: Role): Buffer {
  if (random.once(12)) return random.bytes(random.below(60));
  const frames: Buffer[] = [];
  for (let count = 1 + random.below(4); count > 0; count--) addMessage(frames, random, role);
  let stream: Buffer = Buffer.concat(frames);
  // A third stays whole: what is valid must be received.
  for (let count = random.below(3); count > 0; count--) stream = mutate(stream, random);
  return stream;
}

/** Chunks of any sizes, and whether the parser is stopped now and then. */
export function feeding(random: Random): Feeding {
  return {
    chunkSizes: Array.from(
      { length: random.below(4) },
      () => 1 + random.below(random.pick([2, 90])),
    ),
    stops: Array.from({ length: random.below(5) }, () => random.once(2)),
  };
}

function addMessage(frames: Buffer[], random: Random, role: Role): void {
  const isText = random.once(2);
  const content = isText ? randomText(random) : random.bytes(random.pick(LENGTHS));
  const fragments = random.once(2) ? 1 : 1 + random.below(6);
  let start = 0;
  for (let i = 1; i <= fragments; i++) {
    while (random.once(4)) frames.push(controlFrame(random, role));
    const end = i === fragments ? content.length : start + random.below(content.length - start + 1);
    const opcode = i > 1 ? Opcode.continuation : isText ? Opcode.text : Opcode.binary;
    frames.push(
      frame(random, role, firstByte(opcode, i === fragments), content.subarray(start, end)),
    );
    start = end;
  }
}

function randomText(random: Random): Buffer {
  const ascii = random.once(2);
  let text = "";
  for (let count = random.pick(LENGTHS); count > 0; count--) {
    text += ascii ? "k" : random.pick(CHARACTERS);
  }
  return Buffer.from(text);
}

function controlFrame(random: Random, role: Role): Buffer {
  const opcode = random.pick(CONTROLS);
  if (opcode !== Opcode.close) {
    return frame(random, role, firstByte(opcode), random.bytes(random.pick([0, 1, 4, 125])));
  }
  const payload = Buffer.alloc(random.pick([0, 0, 1, 2, 2, 2, 2, 5, 5, 125]), "é");
  if (payload.length > 1) payload.writeUInt16BE(random.pick(CLOSE_CODES));
  return frame(random, role, firstByte(opcode), payload);
}

function frame(random: Random, role: Role, first: number, payload: Uint8Array): Buffer {
  const target = Buffer.alloc(14 + payload.length);
  const nextKey = role === "server" ? () => random.uint32() : undefined;
  return target.subarray(0, writeFrame(target, 0, first, payload, nextKey));
}

// Values that mean something in a header.
const NOTABLE = [
  0x00, 0x01, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x88, 0x89, 0xfd, 0xfe, 0xff, 0xc1,
];

function mutate(stream: Buffer, random: Random): Buffer {
  if (stream.length === 0) return random.bytes(random.below(4));
  const at = random.below(stream.length);
  const until = Math.min(stream.length, at + 1 + random.below(12));
  const changed = Buffer.from(stream);
  switch (random.below(8)) {
    case 0:
      changed[at]! ^= 1 << random.below(8);
      return changed;
    case 1:
      changed[at] = random.pick(NOTABLE);
      return changed;
    case 2:
      return changed.subarray(0, at);
    case 3:
      return Buffer.concat([changed.subarray(0, at), changed.subarray(until)]);
    case 4:
      return Buffer.concat([changed.subarray(0, until), changed.subarray(at)]);
    case 5:
      // A longer form of a length, in front of what was there.
      changed[at] = random.pick([0x7e, 0x7f, 0xfe, 0xff]);
      return Buffer.concat([
        changed.subarray(0, at + 1),
        Buffer.alloc(2),
        changed.subarray(at + 1),
      ]);
    case 6:
      return Buffer.concat([changed.subarray(0, at), random.bytes(4), changed.subarray(at)]);
    default:
      // An 8-byte length at a place where there may be one.
      changed.fill(random.pick([0, 0, 0xff]), at, Math.min(at + random.below(9), stream.length));
      return changed;
  }
}
