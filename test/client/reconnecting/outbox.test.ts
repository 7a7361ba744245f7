import { describe, expect, it } from "vitest";
import { Outbox, type OutboxLimits } from "../../../src/client/reconnecting/outbox.ts";
import { uncaughtErrors } from "../../served.ts";

const LIMITS: OutboxLimits = {
  maxOutboxMessages: 3,
  maxOutboxBytes: 10,
  whenOutboxFull: "throw",
};

/** What is in it, in order; it is empty then. */
function contents(outbox: Outbox): unknown[] {
  const all: unknown[] = [];
  for (let message = outbox.shift(); message !== undefined; message = outbox.shift()) {
    all.push(message.data);
  }
  return all;
}

describe("an outbox", () => {
  it("keeps messages in their order, and counts them and their bytes", async () => {
    const outbox = new Outbox(LIMITS);
    const blob = new Blob(["abc"]);
    void outbox.add("é");
    void outbox.add(Buffer.from("ab"));
    void outbox.add(blob);
    expect([outbox.length, outbox.bytes]).toEqual([3, 7]);
    expect(outbox.first?.data).toBe("é");
    expect(contents(outbox)).toEqual(["é", Buffer.from("ab"), blob]);
    expect([outbox.length, outbox.bytes]).toEqual([0, 0]);
    expect(outbox.shift()).toBeUndefined();
  });

  it("copies bytes, and holds no more memory than they have", () => {
    const outbox = new Outbox(LIMITS);
    const large = new Uint8Array(1_000_000);
    void outbox.add(large.subarray(0, 4));
    large.fill(1);
    const data = outbox.first?.data as Buffer;
    expect(data).toEqual(Buffer.alloc(4));
    expect(data.buffer.byteLength).toBeLessThan(large.length);
    void outbox.add(new Uint16Array([0x0102]));
    expect(contents(outbox)[1]).toEqual(Buffer.from([0x02, 0x01]));
  });

  it.each([
    ["messages", ["a", "b", "c"], "d"],
    ["bytes", ["12345", "12345"], "x"],
    ["a single message", [], "12345678901"],
  ])("throws where there are too many %s", (_, before, data) => {
    const outbox = new Outbox(LIMITS);
    for (const message of before) void outbox.add(message);
    expect(() => outbox.add(data)).toThrow(expect.objectContaining({ code: "OUTBOX_FULL" }));
    expect(outbox.dropped).toBe(0);
    expect(contents(outbox)).toEqual(before);
  });

  it("drops the newest, on request", async () => {
    const outbox = new Outbox({ ...LIMITS, whenOutboxFull: "drop-newest" });
    for (const data of ["a", "b", "c"]) void outbox.add(data);
    await expect(outbox.add("d")).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect(outbox.dropped).toBe(1);
    expect(contents(outbox)).toEqual(["a", "b", "c"]);
  });

  it("drops the oldest, as many as need be, on request", async () => {
    const outbox = new Outbox({ ...LIMITS, whenOutboxFull: "drop-oldest" });
    const first = outbox.add("12345");
    const second = outbox.add("67890");
    void outbox.add("1234567");
    await expect(first).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    await expect(second).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect(outbox.dropped).toBe(2);
    // One that fits into no outbox drops no other.
    await expect(outbox.add("12345678901")).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    expect(contents(outbox)).toEqual(["1234567"]);
  });

  it("may have no room at all", () => {
    const outbox = new Outbox({ ...LIMITS, maxOutboxMessages: 0, whenOutboxFull: "drop-oldest" });
    void outbox.add("a");
    expect([outbox.length, outbox.dropped]).toEqual([0, 1]);
  });

  it("settles the promise of each message", async () => {
    const outbox = new Outbox(LIMITS);
    const [sent, later, failed] = ["a", "b", "c"].map((data) => outbox.add(data));
    outbox.shift()?.resolve(undefined);
    await sent;
    const error = new Error("the connection has ended");
    outbox.shift()?.resolve(Promise.reject(error));
    await expect(later).rejects.toBe(error);
    outbox.fail(error);
    await expect(failed).rejects.toBe(error);
    expect([outbox.length, outbox.bytes]).toEqual([0, 0]);
  });

  it("needs nobody who handles a rejection", async () => {
    const errors = uncaughtErrors();
    const outbox = new Outbox({ ...LIMITS, whenOutboxFull: "drop-newest" });
    for (const data of ["a", "b", "c", "d"]) void outbox.add(data);
    outbox.fail(new Error("closed"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([]);
  });

  it("takes messages only", () => {
    const outbox = new Outbox(LIMITS);
    expect(() => outbox.add(7 as never)).toThrow("expected a string");
  });
});
