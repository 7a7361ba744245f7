import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { BroadcastMessage } from "../../../src/connection/sending/broadcast/message.ts";
import { Output } from "../../../src/connection/sending/output.ts";
import type { OutputOwner } from "../../../src/connection/sending/stream-writer.ts";
import { firstByte } from "../../../src/protocol/frame-writer.ts";
import { Opcode } from "../../../src/protocol/opcode.ts";
import { until } from "../../served.ts";
import { Sink } from "./sink.ts";

const ignore = () => {};
const noReason = () => new Error("nobody waits for it");
const turnEnd = () => new Promise((resolve) => setImmediate(resolve));

function output(nextKey?: () => number) {
  const sink = new Sink();
  const told: string[] = [];
  const owner: OutputOwner = {
    stream: {},
    transport: sink,
    nextKey,
    onPending: () => void told.push("pending"),
    onEmpty: () => void told.push("empty"),
    onHeldChanged: ignore,
    onDrain: () => out.onDrain(),
    onData: ignore,
    onEnd: ignore,
    onError: ignore,
    onSocketClose: ignore,
  };
  const out = new Output(owner);
  return { sink, out, told };
}

/** Payloads of the frames in `bytes`, unmasked. */
function payloads(bytes: Buffer): string[] {
  const all: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const masked = bytes[at + 1]! >= 128;
    let length = bytes[at + 1]! & 127;
    at += 2;
    if (length === 126) length = bytes.readUInt16BE(at);
    else if (length === 127) length = Number(bytes.readBigUInt64BE(at));
    if (length >= 126) at += length < 65536 ? 2 : 8;
    const key = masked ? bytes.subarray(at, at + 4) : Buffer.alloc(4);
    if (masked) at += 4;
    const payload = bytes.subarray(at, at + length).map((byte, i) => byte ^ key[i % 4]!);
    all.push(Buffer.from(payload).toString("latin1"));
    at += length;
  }
  return all;
}

// What another test has sent waits for the end of the turn.
beforeEach(turnEnd);

const BINARY = firstByte(Opcode.binary);

/** Has `outs` send one message that goes to all of them. */
function broadcast(text: string, outs: readonly Output[]): void {
  const message = new BroadcastMessage(text, outs);
  for (const out of outs) {
    if (message.range !== undefined) out.broadcast(message.range);
    else out.prepared((message.frameFor(undefined) as { bytes: Buffer }).bytes);
  }
}

describe("Output", () => {
  it("writes all of a turn of the event loop at once", async () => {
    const { sink, out } = output();
    for (let i = 0; i < 100; i++) out.text(`${i}`);
    await Promise.resolve();
    out.text("of a promise");
    await new Promise<void>((resolve) => process.nextTick(resolve));
    out.text("of the next tick");
    expect(sink.writes).toHaveLength(0);
    await until(() => sink.writes.length > 0);
    expect(sink.writes).toHaveLength(1);
    expect(payloads(sink.bytes)).toHaveLength(102);
  });

  it("exceeds a mark by what is more than that, wherever it waits", () => {
    const { sink, out } = output();
    sink.slow = true;
    out.frame(BINARY, Buffer.alloc(98));
    expect([out.exceeds(99), out.exceeds(100)]).toEqual([true, false]);
    out.flush();
    // A slab of 1,024 bytes is in use until it has been written.
    expect([out.exceeds(1023), out.exceeds(1024)]).toEqual([true, false]);
    sink.release();
    expect([out.buffered, out.exceeds(0)]).toEqual([0, false]);
  });

  it("writes all between cork and uncork at once", () => {
    const { sink, out } = output();
    out.cork(100);
    for (let i = 0; i < 100; i++) out.frame(BINARY, Buffer.from("x"));
    out.uncork();
    expect(sink.writes).toHaveLength(1);
  });

  it("waits for the end of the turn behind uncork where others wait for it", async () => {
    const [one, other] = [output(), output()];
    other.out.text("somebody else's");
    one.out.cork(1);
    one.out.text("an answer");
    one.out.uncork();
    expect(one.sink.writes).toHaveLength(0);
    one.out.text("more");
    await turnEnd();
    expect(one.sink.writes).toHaveLength(1);
    expect(payloads(one.sink.bytes)).toEqual(["an answer", "more"]);
  });

  it("leaves a large payload of a client as it was, and masks what it writes", () => {
    const { sink, out } = output(() => 0x04030201);
    const payload = Buffer.alloc(50_000, 7);
    expect(out.frame(BINARY, payload)).toBe(true);
    expect(payload.equals(Buffer.alloc(50_000, 7))).toBe(true);
    expect(payloads(sink.bytes)).toEqual(["\x07".repeat(50_000)]);
    expect(sink.bytes.includes(payload.subarray(0, 8))).toBe(false);
  });

  it("says whether a large payload is still read, and when all is written", () => {
    const { sink, out, told } = output();
    expect(out.frame(BINARY, Buffer.alloc(40_000))).toBe(true);
    expect(told).toEqual([]);
    sink.slow = true;
    expect(out.frame(BINARY, Buffer.alloc(40_000))).toBe(false);
    out.text("behind it");
    expect(told).toEqual(["pending"]);
    sink.release();
    expect(told).toEqual(["pending", "empty"]);
    expect(payloads(sink.bytes).at(-1)).toBe("behind it");
  });

  it("has one write under way at a time, of what was sent meanwhile as much as 256 KiB", () => {
    const { sink, out } = output();
    sink.slow = true;
    const sent = Array.from({ length: 5000 }, (_, i) => `${i} `.padEnd(200, "."));
    for (const text of sent) {
      out.text(text);
      out.flush();
    }
    while (sink.takeOne());
    expect(payloads(sink.bytes)).toEqual(sent);
    expect(sink.writes.length).toBeLessThan(10);
    for (const write of sink.writes) expect(write.length).toBeLessThan(330_000);
  });

  it("gives a transport pieces of the size that it takes", () => {
    const { sink, out } = output();
    sink.slow = true;
    sink.largestWrite = 1000;
    out.frame(BINARY, Buffer.alloc(50_000, "a"));
    out.text("b".repeat(5000));
    out.flush();
    while (sink.takeOne());
    expect(payloads(sink.bytes)).toEqual(["a".repeat(50_000), "b".repeat(5000)]);
  });

  it("drops what waits behind the write under way, but no part of a frame", () => {
    const { sink, out } = output();
    sink.slow = true;
    sink.largestWrite = 1000;
    out.frame(BINARY, Buffer.alloc(50_000, "a"));
    sink.takeOne();
    for (let i = 0; i < 100; i++) out.frame(BINARY, Buffer.alloc(10_000, "b"));
    out.drop(noReason);
    out.text("last");
    while (sink.takeOne());
    expect(payloads(sink.bytes)).toEqual(["a".repeat(50_000), "last"]);
  });

  it("writes nothing more once it has ended, whatever is told late", async () => {
    const { sink, out } = output();
    out.text("lost");
    out.end(noReason);
    await turnEnd();
    out.onDrain();
    expect(sink.writes).toEqual([]);
    expect(out.buffered).toBe(0);
  });
});

describe("who waits for what was sent", () => {
  /** Waits for all that was sent up to now, and notes it under a name. */
  function waiting(out: Output) {
    const told: string[] = [];
    const wait = (name: string) =>
      out.whenWritten((error) =>
        told.push(error === undefined ? name : `${name}: ${error.message}`),
      );
    return { told, wait };
  }

  it("is told with the write that it went out with, after that", async () => {
    const { out } = output();
    const { told, wait } = waiting(out);
    wait("nothing");
    out.text("one");
    wait("one");
    out.frame(BINARY, Buffer.alloc(40_000));
    wait("large");
    expect(told).toEqual([]);
    await turnEnd();
    expect(told).toEqual(["nothing", "one", "large"]);
  });

  it("is told when its own bytes are written, not when all are", async () => {
    const { sink, out } = output();
    const { told, wait } = waiting(out);
    sink.slow = true;
    for (const name of ["one", "two", "three"]) {
      out.frame(BINARY, Buffer.alloc(300_000));
      wait(name);
    }
    out.text("four");
    wait("four");
    await turnEnd();
    const seen: string[][] = [];
    while (sink.takeOne()) {
      await turnEnd();
      seen.push([...told]);
    }
    expect(seen[0]).toEqual(["one"]);
    expect(seen.at(-1)).toEqual(["one", "two", "three", "four"]);
    expect(seen.length).toBeGreaterThan(2);
  });

  it("is told with the last part of a frame that is written in parts", async () => {
    const { sink, out } = output();
    const { told, wait } = waiting(out);
    sink.slow = true;
    sink.largestWrite = 1000;
    out.frame(BINARY, Buffer.alloc(2500));
    wait("parts");
    out.flush();
    for (let parts = 0; sink.takeOne(); parts++) {
      await turnEnd();
      expect(told).toEqual(parts < 2 ? [] : ["parts"]);
    }
  });

  it("is told with a broadcast", async () => {
    const { out } = output();
    const { told, wait } = waiting(out);
    broadcast("all", [out]);
    wait("all");
    await turnEnd();
    await turnEnd();
    expect(told).toEqual(["all"]);
  });

  it.each([["drop"], ["end"]] as const)("is told why it will never be written: %s", async (how) => {
    const { sink, out } = output();
    const { told, wait } = waiting(out);
    sink.slow = true;
    out.frame(BINARY, Buffer.alloc(100_000));
    wait("under way");
    out.frame(BINARY, Buffer.alloc(100_000));
    wait("behind");
    out.text("gathered");
    wait("gathered");
    out[how](() => new Error("gone"));
    await turnEnd();
    const failed = ["behind: gone", "gathered: gone"];
    expect([...told].sort()).toEqual(how === "drop" ? failed : [...failed, "under way: gone"]);
    sink.release();
    await turnEnd();
    expect(told).toContain(how === "drop" ? "under way" : "under way: gone");
    expect(told).toHaveLength(3);
  });

  it("may throw, without any harm to the others", async () => {
    const { out } = output();
    const { told, wait } = waiting(out);
    const uncaught: unknown[] = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => uncaught.push(error));
    out.text("one");
    out.whenWritten(() => {
      throw new Error("of the user's");
    });
    wait("two");
    await turnEnd();
    await turnEnd();
    for (const listener of listeners) process.on("uncaughtException", listener);
    expect(uncaught).toHaveLength(1);
    expect(told).toEqual(["two"]);
  });
});

describe("broadcasts", () => {
  it("of a turn are written together, all recipients from the same bytes", async () => {
    const outs = Array.from({ length: 10 }, () => output());
    for (let i = 0; i < 50; i++)
      broadcast(
        `${i}`,
        outs.map(({ out }) => out),
      );
    await turnEnd();
    for (const { sink } of outs) {
      expect(sink.writes).toHaveLength(1);
      expect(payloads(sink.bytes)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
    }
  });

  it("stay what they were for who takes them late", async () => {
    const [quick, slow] = [output(), output()];
    const both = [quick.out, slow.out];
    slow.sink.slow = true;
    const sent: string[] = [];
    for (let turns = 0; turns < 20; turns++) {
      for (let i = 0; i < 30; i++) {
        sent.push(`${turns}/${i}`.padEnd(40));
        broadcast(sent.at(-1)!, both);
      }
      await turnEnd();
    }
    while (slow.sink.takeOne());
    expect(payloads(quick.sink.bytes)).toEqual(sent);
    expect(payloads(slow.sink.bytes)).toEqual(sent);
  });
});

type Step =
  | { readonly kind: "text" | "frame" | "prepared" | "broadcast"; readonly size: number }
  | { readonly kind: "cork" | "uncork" | "flush" | "turn" | "slow" | "take" | "release" };

const size = fc.constantFrom(0, 1, 125, 126, 5000, 16_384, 32_767, 32_768, 70_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("text", "frame", "prepared", "broadcast"), size }),
  fc.record({
    kind: fc.constantFrom("cork", "uncork", "flush", "turn", "slow", "take", "release"),
  }),
);

it("the order of everything is kept, however it is sent and taken", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.boolean(),
      fc.constantFrom(Number.POSITIVE_INFINITY, 5000),
      async (steps, client, largest) => {
        const { sink, out } = output(client ? () => 0x0a0b0c0d : undefined);
        const other = output();
        sink.largestWrite = largest;
        const expected: string[] = [];
        for (const [i, taken] of steps.entries()) {
          const text = String.fromCharCode(97 + (i % 26)).repeat("size" in taken ? taken.size : 0);
          if ("size" in taken) expected.push(text);
          switch (taken.kind) {
            case "text":
              out.text(text);
              break;
            case "frame":
              out.frame(BINARY, Buffer.from(text));
              break;
            case "prepared": {
              const { out: one, sink: frames } = output();
              one.frame(BINARY, Buffer.from(text));
              one.flush();
              out.prepared(frames.bytes);
              break;
            }
            case "broadcast":
              broadcast(text, [other.out, out]);
              break;
            case "cork":
              out.cork(100);
              break;
            case "turn":
              await turnEnd();
              break;
            case "slow":
              sink.slow = true;
              break;
            case "take":
              sink.takeOne();
              break;
            default:
              if (taken.kind === "release") sink.release();
              else out[taken.kind]();
          }
        }
        out.uncork();
        await turnEnd();
        sink.release();
        expect(payloads(sink.bytes)).toEqual(expected);
        expect(out.buffered).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

// Sixteen bytes that waited held a slab of 4 or 128 KiB, and counted as 16.
it("what waits holds no more memory than twice what counts, and 256 bytes a message", async () => {
  const sizes = fc.oneof(fc.nat(50), fc.nat(2000), fc.nat(40_000));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ kind: fc.constantFrom("text", "frame", "broadcast"), size: sizes }), {
        minLength: 1,
        maxLength: 300,
      }),
      fc.boolean(),
      async (messages, client) => {
        const nextKey = client ? () => 0x0a0b0c0d : undefined;
        const { sink, out } = output(nextKey);
        sink.slow = true;
        let payload = 0;
        for (const [i, { kind, size }] of messages.entries()) {
          if (kind === "text") out.text("x".repeat(size));
          else if (kind === "frame") out.frame(BINARY, Buffer.alloc(size));
          else broadcast("y".repeat(size), [out]);
          payload += size;
          if (i % 3 === 0) await turnEnd();
        }
        out.flush();
        const counted = out.buffered;
        let held = 0;
        let writes = 0;
        do {
          held += sink.pinned;
          writes++;
        } while (sink.takeOne());
        expect(held).toBeLessThanOrEqual(2 * counted);
        expect(counted).toBeLessThanOrEqual(2 * held);
        // A slab may be filled by half where nothing waits behind it: one, of at most 64 KiB.
        expect(held).toBeLessThanOrEqual(payload + 256 * messages.length + 64 * 1024);
        expect(writes).toBeLessThanOrEqual(messages.length + 1);
      },
    ),
    { numRuns: 40 },
  );
});
