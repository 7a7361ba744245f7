import { describe, expect, it } from "vitest";
import { Inbox } from "../../../src/connection/receiving/inbox.ts";
import { MessageIterator } from "../../../src/connection/receiving/message-iterator.ts";
import { ConnectionClosedError } from "../../../src/errors.ts";

function iteration() {
  let taken = 0;
  const box = new Inbox(100, 10_000, () => void taken++);
  return { box, iterator: new MessageIterator(box), taken: () => taken };
}

const ended = (code: number) => new ConnectionClosedError("over", code, "");

describe("MessageIterator", () => {
  it("gives what is there and what comes, in order, whoever asks first", async () => {
    const { box, iterator } = iteration();
    box.put("1");
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    box.put("2");
    box.put("3");
    const values = (await Promise.all(asked)).map(({ value }) => value);
    expect(values).toEqual(["1", "2", "3"]);
  });

  it("takes one promise a message, which is there at once", async () => {
    const { box, iterator } = iteration();
    box.put("1");
    let given: unknown;
    iterator.next().then(({ value }) => {
      given = value;
    });
    await Promise.resolve();
    expect(given).toBe("1");
  });

  it.each([1000, 1001, 1005])("ends quietly with %d", async (code) => {
    const { box, iterator } = iteration();
    box.put("last");
    const last = iterator.next();
    const waiting = iterator.next();
    box.end(ended(code));
    expect(await last).toEqual({ done: false, value: "last" });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("throws any other end once, and then is done", async () => {
    for (const waits of [true, false]) {
      const { box, iterator } = iteration();
      const error = ended(1006);
      const waiting = waits ? iterator.next() : undefined;
      box.end(error);
      await expect(waiting ?? iterator.next()).rejects.toBe(error);
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    }
  });

  it("loses nothing when it is left: the next one goes on", async () => {
    const { box, iterator, taken } = iteration();
    const waiting = iterator.next();
    expect(box.iterated).toBe(true);
    expect(await iterator.return()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(box.iterated).toBe(false);
    expect(taken()).toBe(2);
    box.put("kept");
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(await new MessageIterator(box).next()).toEqual({ done: false, value: "kept" });
  });

  it("ends by throw(), and by await using", async () => {
    const { iterator, box } = iteration();
    await expect(iterator.throw(new Error("enough"))).rejects.toThrow("enough");
    const other = new MessageIterator(box);
    await other[Symbol.asyncDispose]();
    expect(box.iterated).toBe(false);
    expect(await other.next()).toEqual({ done: true, value: undefined });
  });

  it("is an async iterator like any other", async () => {
    const { iterator } = iteration();
    const generator = (async function* () {})();
    const root = Object.getPrototypeOf(
      Object.getPrototypeOf(Object.getPrototypeOf(generator)),
    ) as object;
    expect(Object.hasOwn(root, Symbol.asyncIterator)).toBe(true);
    expect(Object.getPrototypeOf(Object.getPrototypeOf(iterator))).toBe(root);
    const itself = iterator as unknown as AsyncIterable<unknown>;
    expect(itself[Symbol.asyncIterator]()).toBe(iterator);
  });
});
