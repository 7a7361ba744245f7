import { randomFillSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Exchange, makeExchange, makePayload } from "../../bench/load/frames.ts";
import { findDifference } from "../../bench/load/verify.ts";

/** A frame as another hand would read it: by RFC 6455 §5.2, with no regard to speed. */
function readFrame(bytes: Buffer, offset: number) {
  const short = bytes[offset + 1]! & 0x7f;
  const masked = (bytes[offset + 1]! & 0x80) !== 0;
  let at = offset + 2;
  let length = short;
  if (short === 126) {
    length = bytes.readUInt16BE(at);
    at += 2;
  } else if (short === 127) {
    length = Number(bytes.readBigUInt64BE(at));
    at += 8;
  }
  const mask = masked ? bytes.subarray(at, at + 4) : Buffer.alloc(4);
  if (masked) at += 4;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  payload.forEach((byte, i) => {
    payload[i] = byte ^ mask[i % 4]!;
  });
  const first = bytes[offset]!;
  return { fin: first >= 0x80, opcode: first & 0x7f, masked, mask, payload, end: at + length };
}

function readMessages(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages: { opcode: number; frames: number; payload: Buffer; end: number }[] = [];
  let parts: Buffer[] = [];
  let opcode = 0;
  for (let at = 0; at < buffer.length; ) {
    const frame = readFrame(buffer, at);
    at = frame.end;
    expect(frame.opcode === 0).toBe(parts.length > 0);
    if (parts.length === 0) opcode = frame.opcode;
    parts.push(frame.payload);
    if (!frame.fin) continue;
    messages.push({ opcode, frames: parts.length, payload: Buffer.concat(parts), end: at });
    parts = [];
  }
  expect(parts).toEqual([]);
  return messages;
}

const toServer = { side: "client", mirror: false } as const;

const spec = fc.record({
  size: fc.oneof(fc.integer({ min: 8, max: 300 }), fc.constantFrom(125, 126, 65_535, 65_536)),
  content: fc.constantFrom("binary" as const, "ascii" as const, "multibyte" as const),
  fragments: fc.integer({ min: 1, max: 8 }),
});

describe("makeExchange", () => {
  test("sends valid messages and expects each back in one frame", () => {
    fc.assert(
      fc.property(spec, fc.constantFrom("client" as const, "server" as const), (message, side) => {
        const exchange = makeExchange(message, { side, mirror: false }, 3, randomFillSync);
        const sent = readMessages(exchange.request);
        const expected = readMessages(exchange.reply);
        expect(sent).toHaveLength(exchange.count + 3);
        expect(expected).toHaveLength(exchange.count);
        sent.forEach((one, i) => {
          expect(one.frames).toBe(message.fragments);
          expect(one.opcode).toBe(message.content === "binary" ? 2 : 1);
          expect(one.end).toBe((i + 1) * exchange.requestSize);
          expect(one.payload.equals(expected[i % exchange.count]!.payload)).toBe(true);
        });
        for (const one of expected) expect(one.frames).toBe(1);
        expect(exchange.reply.length).toBe(exchange.count * exchange.replySize);
      }),
      { numRuns: 20 },
    );
  });

  test("masks what a client sends, with another mask each time", () => {
    const message = { size: 64, content: "binary", fragments: 1 } as const;
    const exchange = makeExchange(message, toServer, 0, randomFillSync);
    const bytes = Buffer.from(exchange.request);
    const masks = new Set<string>();
    for (let i = 0; i < exchange.count; i++) {
      const frame = readFrame(bytes, i * exchange.requestSize);
      expect(frame.masked).toBe(true);
      masks.add(frame.mask.toString("hex"));
    }
    expect(masks.size).toBeGreaterThan(exchange.count * 0.9);
  });

  test("expects the very bytes back from a mirror", () => {
    const message = { size: 200, content: "ascii", fragments: 4 } as const;
    const exchange = makeExchange(message, { side: "client", mirror: true }, 2, randomFillSync);
    expect(exchange.replySize).toBe(exchange.requestSize);
    const once = exchange.request.subarray(0, exchange.reply.length);
    expect(Buffer.from(exchange.reply).equals(Buffer.from(once))).toBe(true);
  });
});

test("makePayload makes text of exactly the size asked for", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let size = 8; size < 200; size++) {
    const wide = makePayload({ size, content: "multibyte", fragments: 1 }, randomFillSync);
    expect(wide.length).toBe(size);
    expect(decoder.decode(wide).length).toBeLessThan(size);
    const ascii = makePayload({ size, content: "ascii", fragments: 1 }, randomFillSync);
    expect(Buffer.from(ascii).toString("latin1")).toMatch(/^[ -~]+$/);
  }
});

/** What an honest client would send: the expected replies under masks of its own. */
function mask(exchange: Exchange): Buffer {
  const bytes = Buffer.from(exchange.reply);
  for (let at = 0; at < bytes.length; at += exchange.replySize) {
    const key = at + exchange.replyHeader - 4;
    randomFillSync(bytes, key, 4);
    for (let i = exchange.replyHeader; i < exchange.replySize; i++) {
      bytes[at + i] = bytes[at + i]! ^ bytes[key + ((i - exchange.replyHeader) % 4)]!;
    }
  }
  return bytes;
}

describe("findDifference", () => {
  const message = { size: 300, content: "binary", fragments: 1 } as const;
  const plain = makeExchange(message, toServer, 0, randomFillSync);
  const masked = makeExchange(message, { side: "server", mirror: false }, 0, randomFillSync);
  const streams = [
    { exchange: plain, stream: Buffer.from(plain.reply) },
    { exchange: masked, stream: mask(masked) },
  ];

  test("finds none in the right bytes, however they are cut and how often they repeat", () => {
    for (const { exchange, stream } of streams) {
      const twice = Buffer.concat([stream, stream]);
      fc.assert(
        fc.property(fc.nat(twice.length - 1), fc.integer({ min: 1, max: 5000 }), (from, size) => {
          expect(findDifference(exchange, from, twice.subarray(from, from + size))).toBeUndefined();
        }),
      );
    }
  });

  test("finds a single wrong bit", () => {
    for (const { exchange, stream } of streams) {
      fc.assert(
        fc.property(fc.nat(exchange.replySize * 5 - 1), fc.nat(7), (at, bit) => {
          const wrong = Buffer.from(stream.subarray(0, exchange.replySize * 5));
          wrong[at] = wrong[at]! ^ (1 << bit);
          expect(findDifference(exchange, 0, wrong)).toMatch(/differs/);
        }),
      );
    }
  });
});
