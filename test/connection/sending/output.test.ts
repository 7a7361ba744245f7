import type { Socket } from "node:net";
import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Output } from "../../../src/connection/sending/output.ts";
import { firstByte } from "../../../src/protocol/frame-writer.ts";
import { Opcode } from "../../../src/protocol/opcode.ts";
import { until } from "../../served.ts";

/** A socket that takes what is written at once, or only when it is told to. */
class Sink extends Writable {
  readonly writes: Buffer[] = [];
  slow = false;
  #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#take([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  #take(chunks: Buffer[], done: () => void): void {
    // As the kernel does: what the caller does to its buffer afterwards does not matter.
    this.writes.push(Buffer.concat(chunks));
    if (this.slow) this.#waiting.push(done);
    else done();
  }

  release(): void {
    this.slow = false;
    for (const done of this.#waiting.splice(0)) done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}

function output(nextKey?: () => number) {
  const sink = new Sink();
  const out = new Output(sink as unknown as Socket, nextKey, true);
  sink.on("drain", () => out.onDrain());
  return { sink, out };
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

const BINARY = firstByte(Opcode.binary);

describe("Output", () => {
  it("writes all of a tick at once", async () => {
    const { sink, out } = output();
    for (let i = 0; i < 100; i++) out.text(`${i}`);
    await Promise.resolve();
    out.text("of a promise");
    expect(sink.writes).toHaveLength(0);
    await until(() => sink.writes.length > 0);
    expect(sink.writes).toHaveLength(1);
    expect(payloads(sink.bytes)).toHaveLength(101);
  });

  it("exceeds a mark by what is more than that, wherever it waits", async () => {
    const { sink, out } = output();
    sink.slow = true;
    out.frame(BINARY, Buffer.alloc(98));
    expect([out.exceeds(99), out.exceeds(100)]).toEqual([true, false]);
    out.flush();
    expect([out.exceeds(99), out.exceeds(100)]).toEqual([true, false]);
    sink.release();
    await until(() => out.buffered === 0);
    expect(out.exceeds(0)).toBe(false);
  });

  it("writes all between cork and uncork at once", () => {
    const { sink, out } = output();
    out.cork();
    for (let i = 0; i < 100; i++) out.frame(BINARY, Buffer.from("x"));
    out.uncork();
    expect(sink.writes).toHaveLength(1);
  });

  it("leaves a large payload of a client as it was, and masks what it writes", () => {
    const { sink, out } = output(() => 0x04030201);
    const payload = Buffer.alloc(50_000, 7);
    expect(out.frame(BINARY, payload)).toBeUndefined();
    expect(payload.equals(Buffer.alloc(50_000, 7))).toBe(true);
    expect(payloads(sink.bytes)).toEqual(["\x07".repeat(50_000)]);
    expect(sink.bytes.includes(payload.subarray(0, 8))).toBe(false);
  });

  it("is empty when the socket is, whoever asked before", async () => {
    const { sink, out } = output();
    sink.slow = true;
    out.text("x".repeat(30_000));
    const first = out.whenEmpty();
    out.frame(BINARY, Buffer.alloc(40_000));
    const second = out.whenEmpty();
    expect(second).toBe(first);
    expect(out.buffered).toBeGreaterThan(50_000);
    sink.release();
    await first;
    expect(out.buffered).toBe(0);
  });

  it("is empty at once where little waits", async () => {
    const { sink, out } = output();
    sink.slow = true;
    out.text("little");
    out.flush();
    const empty = out.whenEmpty();
    sink.release();
    await empty;
  });

  it("fails whoever waits when the connection ends, which nobody has to handle", async () => {
    const { sink, out } = output();
    sink.slow = true;
    sink.on("error", () => {});
    const written = out.frame(BINARY, Buffer.alloc(40_000));
    const empty = out.whenEmpty();
    sink.destroy(new Error("reset"));
    await until(() => sink.closed);
    out.end(new Error("over"));
    await expect(written).rejects.toThrow("over");
    await expect(empty).rejects.toThrow("over");
  });

  it("keeps the order of everything, however it is sent", async () => {
    const size = fc.constantFrom(0, 1, 125, 126, 5000, 16_384, 32_767, 32_768, 70_000);
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom("text", "frame", "prepared"), size }),
      fc.record({ kind: fc.constantFrom("cork", "uncork", "flush", "tick", "slow", "release") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, client) => {
        const { sink, out } = output(client ? () => 0x0a0b0c0d : undefined);
        const expected: string[] = [];
        for (const [i, { kind, ...rest }] of steps.entries()) {
          const text = String.fromCharCode(97 + (i % 26)).repeat(
            (rest as { size?: number }).size ?? 0,
          );
          if (kind === "text") out.text(text);
          else if (kind === "frame") out.frame(BINARY, Buffer.from(text));
          else if (kind === "prepared") {
            const other = output();
            other.out.frame(BINARY, Buffer.from(text));
            other.out.flush();
            out.prepared(other.sink.bytes);
          } else if (kind === "cork") out.cork();
          else if (kind === "uncork") out.uncork();
          else if (kind === "flush") out.flush();
          else if (kind === "slow") sink.slow = true;
          else if (kind === "release") sink.release();
          else await new Promise((resolve) => setImmediate(resolve));
          if ("size" in rest) expected.push(text);
        }
        out.uncork();
        out.flush();
        sink.release();
        await out.whenEmpty();
        expect(payloads(sink.bytes)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
