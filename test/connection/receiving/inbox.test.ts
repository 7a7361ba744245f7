import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Inbox } from "../../../src/connection/receiving/inbox.ts";

function inbox(maxItems = 3, maxBytes = 10) {
  let taken = 0;
  const box = new Inbox(maxItems, maxBytes, () => void taken++);
  return { box, taken: () => taken };
}

describe("Inbox", () => {
  it("gives items in order, before and behind whoever waits", async () => {
    const { box } = inbox();
    box.put("1");
    const first = box.take();
    const second = box.take();
    const third = box.take();
    box.put("2");
    box.put("3");
    box.put("4");
    expect(await Promise.all([first, second, third, box.take()])).toEqual(["1", "2", "3", "4"]);
  });

  it("is full by items or by bytes, until one is taken", async () => {
    const items = inbox(2, 100).box;
    items.put("a");
    expect(items.full).toBe(false);
    items.put("b");
    expect(items.full).toBe(true);
    await items.take();
    expect(items.full).toBe(false);
    const bytes = inbox(100, 5).box;
    bytes.put(Buffer.alloc(5));
    expect(bytes.full).toBe(true);
    await bytes.take();
    expect(bytes.full).toBe(false);
  });

  it("says when somebody takes, or waits", async () => {
    const { box, taken } = inbox();
    box.put("a");
    await box.take();
    expect(taken()).toBe(1);
    expect(box.exhausted).toBe(false);
    const waiting = box.take();
    expect(taken()).toBe(2);
    expect(box.exhausted).toBe(true);
    box.put("b");
    expect(box.exhausted).toBe(false);
    expect(await waiting).toBe("b");
  });

  it("gives what it has after its end, and then the error", async () => {
    const { box } = inbox();
    const error = new Error("over");
    box.put("a");
    box.end(error);
    expect(await box.take()).toBe("a");
    await expect(box.take()).rejects.toBe(error);
    const { box: other } = inbox();
    const waiting = other.take();
    other.end(error);
    await expect(waiting).rejects.toBe(error);
  });

  it("lets whoever waits give up, and keeps the others waiting", async () => {
    const { box } = inbox();
    const controller = new AbortController();
    const given = box.take(controller.signal);
    const kept = box.take();
    controller.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    box.put("a");
    expect(await kept).toBe("a");
    await expect(box.take(controller.signal)).rejects.toThrow("enough");
  });

  it("is not touched by an abort after the item", async () => {
    const { box } = inbox();
    const controller = new AbortController();
    const taken = box.take(controller.signal);
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
      expect(await box.take()).toBe(`${i - 1}`);
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
