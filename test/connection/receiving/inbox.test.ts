import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Inbox } from "../../../src/connection/receiving/inbox.ts";
import { takeItem } from "../../../src/connection/receiving/take-item.ts";
import { ConnectionClosedError } from "../../../src/errors.ts";

function inbox(maxItems = 3, maxBytes = 1000) {
  let taken = 0;
  const box = new Inbox(maxItems, maxBytes, () => void taken++);
  return { box, taken: () => taken };
}

describe("Inbox", () => {
  it("gives items in order, before and behind whoever waits", async () => {
    const { box } = inbox();
    box.put("1");
    const first = takeItem(box);
    const second = takeItem(box);
    const third = takeItem(box);
    box.put("2");
    box.put("3");
    box.put("4");
    expect(await Promise.all([first, second, third, takeItem(box)])).toEqual(["1", "2", "3", "4"]);
  });

  it("is full by items until a quarter of them is left, and says so then", () => {
    const { box, taken } = inbox(4);
    for (const item of ["a", "b", "c"]) box.put(item);
    expect(box.full).toBe(false);
    box.put("d");
    expect(box.full).toBe(true);
    for (const item of ["a", "b"]) expect(box.take()).toBe(item);
    expect([box.full, taken()]).toEqual([true, 0]);
    expect(box.take()).toBe("c");
    expect([box.full, taken()]).toEqual([false, 1]);
    box.put("e");
    expect(box.full).toBe(false);
  });

  it("overflows by bytes, to which an empty item adds some too", () => {
    const { box } = inbox(1000, 200);
    for (let i = 0; i < 3; i++) box.put("");
    expect([box.full, box.overflows, box.bytes]).toEqual([false, false, 192]);
    box.put(Buffer.alloc(8));
    expect([box.full, box.overflows, box.bytes]).toEqual([true, true, 264]);
    box.take();
    expect([box.full, box.overflows]).toEqual([true, true]);
    box.take();
    expect([box.full, box.overflows]).toEqual([true, false]);
    box.take();
    expect(box.full).toBe(true);
    box.take();
    expect([box.full, box.bytes]).toEqual([false, 0]);
  });

  it("says when somebody waits", async () => {
    const { box, taken } = inbox();
    box.put("a");
    expect([box.take(), taken(), box.awaited]).toEqual(["a", 0, false]);
    const waiting = takeItem(box);
    expect([taken(), box.awaited]).toEqual([1, true]);
    box.put("b");
    expect(box.awaited).toBe(false);
    expect(await waiting).toBe("b");
  });

  it("gives what it has after its end, and then the error", async () => {
    const { box } = inbox();
    const error = new ConnectionClosedError("over", 1000, "");
    box.put("a");
    box.end(error);
    expect(box.ended).toBeUndefined();
    expect(await takeItem(box)).toBe("a");
    await expect(takeItem(box)).rejects.toBe(error);
    const { box: other } = inbox();
    const waiting = takeItem(other);
    other.end(error);
    await expect(waiting).rejects.toBe(error);
  });

  it("drops what waits, and counts the messages, not their parts", () => {
    const { box } = inbox(100, 1000);
    for (const item of ["1", "2", Buffer.from("3"), { text: true }, "part"]) box.put(item);
    expect(box.take()).toBe("1");
    expect(box.clear()).toBe(3);
    expect([box.count, box.bytes, box.take()]).toEqual([0, 0, undefined]);
  });

  it("lets whoever waits give up, and keeps the others waiting", async () => {
    const { box } = inbox();
    const controller = new AbortController();
    const given = takeItem(box, controller.signal);
    const kept = takeItem(box);
    controller.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    box.put("a");
    expect(await kept).toBe("a");
    await expect(takeItem(box, controller.signal)).rejects.toThrow("enough");
  });

  it("is not touched by an abort after the item", async () => {
    const { box } = inbox();
    const controller = new AbortController();
    const taken = takeItem(box, controller.signal);
    box.put("a");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    controller.abort();
    expect(await taken).toBe("a");
  });

  it("keeps the order when it is never empty", async () => {
    const { box } = inbox(10, 1000);
    box.put("0");
    for (let i = 1; i < 5000; i++) {
      box.put(`${i}`);
      expect(box.take()).toBe(`${i - 1}`);
    }
  });

  it("does not grow when it is never empty", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { box } = inbox(10, 1000);
    box.put("first");
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1_000_000; i++) {
      box.put("next");
      void box.take();
    }
    await Promise.resolve();
    collect();
    // A slot of 4 or 8 bytes for each item that ever passed would be more.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(3_000_000);
  });
});
