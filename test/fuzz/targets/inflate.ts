import { deepStrictEqual, ok } from "node:assert/strict";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { ProtocolError } from "../../../src/errors.ts";
import { Inflater } from "../../../src/extensions/inflater.ts";
import { type Decoded, decodeDeflate } from "../../extensions/raw-deflate.ts";
import { Random } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const WORDS = ["a", "ab", '{"price":', "0123456789", "é", "\0\0\0\0", "zz", "barewire "];
const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
];
/** What is put behind a message: see RFC 7692 §7.2.2. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
const EMPTY = Buffer.alloc(0);

/** Compressed messages in a row, some of them changed. */
export const inflate: FuzzTarget = {
  name: "inflate",
  title: "compressed messages, right and wrong, against a decoder that is nothing but right",
  inputs: 2500,
  outcomes: ["inflated", "COMPRESSED_DATA_INVALID", "MESSAGE_TOO_BIG"],
  run(seed) {
    const random = new Random(seed);
    const windowBits = 8 + random.below(8);
    const contextTakeover = random.once(2);
    const inflater = new Inflater({ windowBits, contextTakeover });
    const limit = random.pick([10, 100, 4096, 100_000, 100_000]);
    let before: Buffer = EMPTY;
    for (let count = 1 + random.below(3); count > 0; count--) {
      const payload = compressed(random, windowBits, before);
      let content: Buffer;
      try {
        content = Buffer.from(inflater.inflate(Buffer.from(payload), limit));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        checkFailure(error.code, payload, before, windowBits, limit);
        return error.code;
      }
      ok(content.length <= limit, `${content.length} bytes, at most ${limit}`);
      deepStrictEqual(content, decoded(payload, before)?.content);
      if (contextTakeover) {
        before = Buffer.from(Buffer.concat([before, content]).subarray(-(1 << windowBits)));
      }
    }
    return "inflated";
  },
};

/** A payload that inflates to a few hundred bytes, or is changed. */
function compressed(random: Random, windowBits: number, before: Buffer): Buffer {
  if (random.once(12)) return random.bytes(random.below(40));
  const content = random.once(4)
    ? random.bytes(random.below(200))
    : Buffer.from(Array.from({ length: random.below(50) }, () => random.pick(WORDS)).join(""));
  const flushed = deflateRawSync(content, {
    windowBits: Math.max(9, windowBits),
    level: random.below(10),
    strategy: random.pick(STRATEGIES),
    finishFlush: random.once(6) ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(before.length > 0 ? { dictionary: before } : {}),
  });
  // A final block stands for itself; of a flushed one the end is taken off (§7.2.1).
  const payload = flushed.subarray(-4).equals(TAIL.subarray(0, 4))
    ? flushed.subarray(0, -4)
    : random.once(2)
      ? flushed
      : Buffer.concat([flushed, Buffer.from([0])]);
  return random.once(2) ? mutated(random, payload) : Buffer.from(payload);
}

function mutated(random: Random, payload: Buffer): Buffer {
  const changed = Buffer.from(payload);
  if (changed.length === 0) return random.bytes(3);
  const at = random.below(changed.length);
  switch (random.below(4)) {
    case 0:
      changed[at]! ^= 1 << random.below(8);
      return changed;
    case 1:
      return changed.subarray(0, at);
    case 2:
      return Buffer.concat([changed.subarray(0, at), random.bytes(2), changed.subarray(at)]);
    default:
      return Buffer.concat([changed, changed.subarray(at)]);
  }
}

/**
 * What the decoder makes of a payload; undefined where it finds fault with it. A message that ends with
 * a final block may do without the byte that would begin the next one.
 */
function decoded(payload: Buffer, before: Buffer): Decoded | undefined {
  if (payload.length === 0) return { content: EMPTY, farthest: 0 };
  for (const input of [payload, Buffer.concat([payload, Buffer.from([0])])]) {
    try {
      return decodeDeflate(input, before);
    } catch {
      // The other one may be right.
    }
  }
  return undefined;
}

/** Whether a failure was called for. */
function checkFailure(
  code: string,
  payload: Buffer,
  before: Buffer,
  windowBits: number,
  limit: number,
): void {
  const found = decoded(payload, before);
  if (found === undefined) return;
  if (code === "MESSAGE_TOO_BIG") {
    ok(found.content.length > limit, `too big with ${found.content.length} of ${limit} bytes`);
    return;
  }
  // zlib is stricter than the decoder about codes that are not complete, and about the window.
  const tooFar = found.farthest > 1 << windowBits;
  ok(tooFar || isRefusedByZlib(payload, before, windowBits), "refused, but right");
}

/** Whether zlib itself finds fault with a payload, of which it reads one stream after the other. */
function isRefusedByZlib(payload: Buffer, before: Buffer, windowBits: number): boolean {
  let input = Buffer.concat([payload, TAIL]);
  let window = before;
  try {
    for (let streams = 0; input.length > 0 && input.length !== TAIL.length; streams++) {
      if (streams > 16) return true;
      const { buffer, engine } = inflateRawSync(input, {
        windowBits,
        info: true,
        ...(window.length > 0 ? { dictionary: window } : {}),
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
      if (engine.bytesWritten === 0) return true;
      input = input.subarray(engine.bytesWritten);
      window = Buffer.concat([window, buffer]).subarray(-(1 << windowBits));
    }
    return false;
  } catch {
    return true;
  }
}
