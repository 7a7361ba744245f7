import { randomBytes } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { Deflater } from "../../src/extensions/deflater.ts";
import { Inflater } from "../../src/extensions/inflater.ts";
import { decodeDeflate } from "./raw-deflate.ts";

const EFFORT = { level: 3, memLevel: 5 };
const LIMIT = 1 << 20;

function inflater(windowBits = 15, contextTakeover = true): Inflater {
  return new Inflater({ windowBits, contextTakeover });
}

function inflateHex(hex: string, with_ = inflater()): string {
  return with_.inflate(Buffer.from(hex.replaceAll(" ", ""), "hex"), LIMIT).toString();
}

/** The code of the failure. */
function failure(payload: Buffer, limit = LIMIT, with_ = inflater()): string {
  try {
    with_.inflate(payload, limit);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "";
}

/** Bytes with repetitions near and far, as in messages that are alike. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(fc.constantFrom("alpha ", "beta ", '{"price":', "0", "ж", "\u{1f600}"), {
      maxLength: 300,
    })
    .map((words) => Buffer.from(words.join(""))),
  fc.nat(60_000).map((length) => Buffer.alloc(length, "abcdefghijk")),
);

const direction = fc.record({
  windowBits: fc.integer({ min: 8, max: 15 }),
  contextTakeover: fc.boolean(),
});

describe("the examples of RFC 7692 §7.2.3", () => {
  test.each([
    ["one block", "f2 48 cd c9 c9 07 00"],
    ["no compression", "00 05 00 fa ff 48 65 6c 6c 6f 00"],
    ["a final block", "f3 48 cd c9 c9 07 00 00"],
    ["two blocks", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],
  ])("%s", (_, hex) => expect(inflateHex(hex)).toBe("Hello"));

  test("sharing the window", () => {
    const shared = inflater();
    expect(inflateHex("f2 48 cd c9 c9 07 00", shared)).toBe("Hello");
    expect(inflateHex("f2 00 11 00 00", shared)).toBe("Hello");
  });

  test("an empty message", () => {
    expect(inflateHex("00")).toBe("");
    // What comes of two flushes with nothing between in some senders.
    expect(inflateHex("")).toBe("");
  });
});

describe("inflating", () => {
  test("goes on after final blocks, which may refer to what was before them", () => {
    const shared = inflater();
    expect(inflateHex("f3 48 cd c9 c9 07 00 00", shared)).toBe("Hello");
    expect(inflateHex("f3 00 11 00 00", shared)).toBe("Hello");
    // Two of them in one message, the second one referring to the first.
    expect(inflateHex("f3 48 cd c9 c9 07 00 f3 00 11 00 00")).toBe("HelloHello");
    // Nothing was taken off behind the final block.
    expect(inflateHex("f3 48 cd c9 c9 07 00")).toBe("Hello");
  });

  test("holds no more of many final blocks than their content, and a short chunk for the next", () => {
    const blocks = 500;
    const stored = Buffer.concat([Buffer.from([1, 0, 4, 0xff, 0xfb]), Buffer.alloc(1024, "x")]);
    const message = Buffer.concat(Array.from({ length: blocks }, () => stored));
    const inflation = inflater().begin(message, LIMIT);
    const before = process.memoryUsage().arrayBuffers;
    while (!inflation.done) inflation.step();
    const content = inflation.content;
    expect(content.length).toBe(blocks * 1024);
    // Chunks that are not collected yet count. If each were held, and as large as the limit: 500 MiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024);
  });

  test("stops a message of nothing but final blocks", () => {
    const blocks = Buffer.alloc(100_000, Buffer.from([3, 0]));
    expect(failure(blocks)).toBe("COMPRESSED_DATA_INVALID");
    expect(failure(blocks.subarray(0, 2 * 17))).toBe("");
    expect(failure(blocks.subarray(0, 2 * 18))).toBe("COMPRESSED_DATA_INVALID");
  });

  test("finds behind a final block what was before it, in earlier messages too", () => {
    const [first, second] = [randomBytes(200), randomBytes(100)];
    const shared = inflater();
    const stored = deflateRawSync(first, { finishFlush: constants.Z_SYNC_FLUSH });
    shared.inflate(stored.subarray(0, -4), LIMIT);
    const dictionary = Buffer.concat([first, second]);
    const again = deflateRawSync(dictionary, { dictionary });
    expect(again.length).toBeLessThan(50);
    const message = Buffer.concat([deflateRawSync(second), again, Buffer.of(0)]);
    const wanted = Buffer.concat([second, dictionary]);
    expect(shared.inflate(message, LIMIT).equals(wanted)).toBe(true);
  });

  test("refuses what was cut off, what is no deflate, and what refers too far back", () => {
    const whole = deflateRawSync(Buffer.from("Hello Hello Hello, is it you?".repeat(9)), {
      finishFlush: constants.Z_SYNC_FLUSH,
    }).subarray(0, -4);
    expect(failure(whole)).toBe("");
    for (let cut = 1; cut < whole.length; cut++) {
      expect(failure(whole.subarray(0, cut)), `${cut}`).toBe("COMPRESSED_DATA_INVALID");
    }
    expect(failure(Buffer.from([0xff]))).toBe("COMPRESSED_DATA_INVALID");
    // A stored block of 65,535 bytes that has one: zlib asks for more.
    expect(failure(Buffer.from("00ffff000041", "hex"))).toBe("COMPRESSED_DATA_INVALID");
    expect(failure(Buffer.from("f200110000", "hex"))).toBe("COMPRESSED_DATA_INVALID");
    // The window is not shared where there is no takeover.
    const alone = inflater(15, false);
    expect(inflateHex("f2 48 cd c9 c9 07 00", alone)).toBe("Hello");
    expect(failure(Buffer.from("f200110000", "hex"), LIMIT, alone)).toBe("COMPRESSED_DATA_INVALID");
  });

  test("stops at the limit", () => {
    const deflated = (length: number) =>
      deflateRawSync(Buffer.alloc(length), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    expect(failure(deflated(1000), 1000)).toBe("");
    expect(failure(deflated(1001), 1000)).toBe("MESSAGE_TOO_BIG");
    expect(failure(deflated(1), 0)).toBe("MESSAGE_TOO_BIG");
    expect(failure(deflated(0), 0)).toBe("");
    // Spread over final blocks.
    const part = deflateRawSync(Buffer.alloc(400));
    expect(failure(Buffer.concat([part, part, Buffer.of(0)]), 800)).toBe("");
    expect(failure(Buffer.concat([part, part, part, Buffer.of(0)]), 800)).toBe("MESSAGE_TOO_BIG");
  });

  test("costs no more than the limit, whatever a bomb holds", () => {
    const bomb = deflateRawSync(Buffer.alloc(256 << 20), { finishFlush: constants.Z_SYNC_FLUSH });
    const before = process.memoryUsage().arrayBuffers;
    expect(failure(bomb.subarray(0, -4))).toBe("MESSAGE_TOO_BIG");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(
      LIMIT + bomb.length + (1 << 16),
    );
  });

  test("never fails in any other way, whatever it is given", () => {
    const seeds = fc.tuple(content, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }));
    const mutated = seeds.map(([data, changes]) => {
      const payload = Buffer.from(
        deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
      );
      for (const [at, byte] of changes) payload[at % payload.length] = byte;
      return payload;
    });
    const payloads = fc.array(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(payloads, direction, (list, agreed) => {
        const fuzzed = new Inflater(agreed);
        for (const payload of list) {
          try {
            expect(fuzzed.inflate(Buffer.from(payload), 5000).length).toBeLessThanOrEqual(5000);
          } catch (error) {
            if (!(error instanceof ProtocolError)) throw error;
            expect(["COMPRESSED_DATA_INVALID", "MESSAGE_TOO_BIG"]).toContain(error.code);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("deflating", () => {
  test("any messages with any parameters arrive as they were", () => {
    const effort = fc.record({
      level: fc.integer({ min: 1, max: 9 }),
      memLevel: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(content, { maxLength: 8 }),
        direction,
        effort,
        (messages, agreed, how) => {
          const from = new Deflater(agreed, how);
          const to = new Inflater(agreed);
          for (const message of messages) {
            const payload = from.deflate(message);
            if (payload === undefined) continue;
            expect(payload.length).toBeLessThan(message.length);
            expect(to.inflate(payload, LIMIT).equals(message)).toBe(true);
          }
        },
      ),
    );
  });

  test("never refers further back than the window, 256 bytes included", () => {
    fc.assert(
      fc.property(fc.array(content, { maxLength: 4 }), direction, (messages, agreed) => {
        const from = new Deflater(agreed, { level: 9, memLevel: 9 });
        let before: Buffer = Buffer.alloc(0);
        for (const message of messages) {
          const payload = from.deflate(message);
          if (payload === undefined) continue;
          const known = agreed.contextTakeover ? before : Buffer.alloc(0);
          const { content: decoded, farthest } = decodeDeflate(payload, known);
          expect(decoded.equals(message)).toBe(true);
          expect(farthest).toBeLessThanOrEqual(1 << agreed.windowBits);
          before = Buffer.concat([before, message]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("uses what was sent before, and only with takeover", () => {
    const message = Buffer.from('{"type":"order","symbol":"ACME","side":"buy","amount":100}');
    const sizes = [true, false].map((contextTakeover) => {
      const from = new Deflater({ windowBits: 12, contextTakeover }, EFFORT);
      from.deflate(message);
      return from.deflate(message)?.length;
    });
    expect(sizes[0]).toBeLessThan(10);
    expect(sizes[1]).toBeGreaterThan(40);
  });

  test("never refers further back than the window without takeover, where many share a table", () => {
    // Settings whose table is another's if they are told apart by no more than their sum.
    const settings = [9, 8].map((windowBits) => ({ windowBits, level: 10 - windowBits }));
    const message = Buffer.concat([randomBytes(12), Buffer.alloc(260), randomBytes(50)]);
    message.copy(message, 300, 0, 12);
    for (const { windowBits, level } of settings) {
      const from = new Deflater({ windowBits, contextTakeover: false }, { level, memLevel: 8 });
      const payload = from.deflate(message);
      const { content: decoded, farthest } = decodeDeflate(payload!, Buffer.alloc(0));
      expect(decoded.equals(message)).toBe(true);
      expect(farthest).toBeLessThanOrEqual(1 << windowBits);
    }
  });

  test("sends a message as it is where compressing makes it no shorter", () => {
    const from = new Deflater({ windowBits: 12, contextTakeover: true }, EFFORT);
    const data = randomBytes(500);
    // What zlib has made of it ends with the four bytes of the tail.
    expect(from.accept(data, Buffer.alloc(500 + 4))).toBeUndefined();
    expect(from.accept(data, Buffer.alloc(499 + 4))).toHaveLength(499);
  });

  test("finds in short messages what was compressed by zlib, whole or in fragments", () => {
    const known = randomBytes(100).toString("hex");
    const long = Buffer.from(known + known + known);
    const short = Buffer.from(`again ${known}`);
    const remembering: ((from: Deflater) => void)[] = [
      (from) => from.deflate(long),
      (from) => from.remember(long),
      (from) => from.rememberFragment(long, true),
    ];
    for (const remember of remembering) {
      const from = new Deflater({ windowBits: 12, contextTakeover: true }, EFFORT);
      // For the first one the table is made.
      expect(from.deflate(Buffer.from("one one one one one one"))).toBeDefined();
      remember(from);
      expect(from.deflate(short)?.length).toBeLessThan(30);
    }
  });

  test("refers from one fragment to those before it, with takeover or without", () => {
    const part = randomBytes(500);
    for (const contextTakeover of [true, false]) {
      const from = new Deflater({ windowBits: 12, contextTakeover }, EFFORT);
      from.rememberFragment(part, false);
      expect(deflateRawSync(part, from.options(part.length)).length).toBeLessThan(50);
      from.rememberFragment(part, true);
      const next = deflateRawSync(part, from.options(part.length)).length;
      expect(next < 50).toBe(contextTakeover);
    }
  });

  test("takes fragments, whose tails stay but for the last", () => {
    const parts = ["one fish ", "two fish ", "", "red fish"].map((text) => Buffer.from(text));
    for (const contextTakeover of [true, false]) {
      const from = new Deflater({ windowBits: 9, contextTakeover }, EFFORT);
      const to = new Inflater({ windowBits: 9, contextTakeover });
      for (let round = 0; round < 2; round++) {
        const payloads = parts.map((part, i) => {
          const fin = i === parts.length - 1;
          const deflated = deflateRawSync(part, from.options(part.length));
          from.rememberFragment(part, fin);
          return from.payload(deflated, fin);
        });
        expect(payloads[0]?.subarray(-4).toString("hex")).toBe("0000ffff");
        expect(to.inflate(Buffer.concat(payloads), LIMIT).toString()).toBe(
          Buffer.concat(parts).toString(),
        );
      }
    }
  });
});
