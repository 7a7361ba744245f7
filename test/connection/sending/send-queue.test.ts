import { describe, expect, it } from "vitest";
import { SendQueue } from "../../../src/connection/sending/send-queue.ts";
import { deferred } from "../../served.ts";

describe("SendQueue", () => {
  it("runs one after the other and knows what waits", async () => {
    const queue = new SendQueue();
    const order: string[] = [];
    const go = deferred();
    const first = queue.add(0, async () => {
      order.push("begin 1");
      await go.promise;
      order.push("end 1");
    });
    const second = queue.add(10, () => void order.push("2"));
    expect([queue.busy, queue.bytes]).toEqual([true, 10]);
    await Promise.resolve();
    expect(order).toEqual(["begin 1"]);
    go.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(["begin 1", "end 1", "2"]);
    expect(queue.bytes).toBe(0);
    await Promise.resolve();
    expect(queue.busy).toBe(false);
  });

  it("goes on behind one that fails, which nobody has to handle", async () => {
    const queue = new SendQueue();
    const failed = queue.add(5, () => {
      throw new Error("oops");
    });
    queue.add(5, () => Promise.reject(new Error("unhandled")));
    await queue.add(0, () => {});
    await expect(failed).rejects.toThrow("oops");
    expect(queue.bytes).toBe(0);
  });

  it("fails what waits, and what is under way, at its end", async () => {
    const queue = new SendQueue();
    const stuck = queue.add(0, () => new Promise(() => {}));
    const behind = queue.add(0, () => {});
    queue.end(new Error("over"));
    await expect(stuck).rejects.toThrow("over");
    await expect(behind).rejects.toThrow("over");
  });
});
