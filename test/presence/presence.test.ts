import { describe, expect, it, vi } from "vitest";
import { Presence } from "../../src/presence/presence.ts";
import { deferred } from "../served.ts";
import { diary, fleet, keysIn, settle, turnClock } from "./fleet.ts";

turnClock();

describe("presence within one process", () => {
  it("tells who joins and leaves, and how many entries a key has", () => {
    const presence = new Presence();
    const { lines, watch } = diary(presence, "room");
    const phone = presence.join("room", "ann", { meta: { on: "phone" } });
    const laptop = presence.join("room", "ann");
    presence.join("elsewhere", "eve");
    phone.leave();
    phone.leave();
    laptop.leave();
    expect(lines).toEqual(["+ann 1", "+ann 2", "-ann 1", "-ann 0"]);
    watch.stop();
    presence.join("room", "bob");
    expect(lines).toHaveLength(4);
  });

  it("lists entries by key, as they are at the time", async () => {
    const presence = new Presence<{ on: string } | null>();
    const phone = presence.join("room", "ann", { meta: { on: "phone" } });
    presence.join("room", "ann");
    presence.join("room", "__proto__");
    const list = presence.list("room");
    expect([...list.keys()]).toEqual(["ann", "__proto__"]);
    expect(list.get("ann")).toEqual([
      { key: "ann", meta: { on: "phone" }, id: phone.entry.id, own: true },
      { key: "ann", meta: null, id: expect.any(String), own: true },
    ]);
    phone.leave();
    expect(list.get("ann")).toHaveLength(2);
    expect(presence.list("room").get("ann")).toHaveLength(1);
    expect(presence.list("nobody is here").size).toBe(0);
  });

  it("changes what is said of an entry, for as long as it is there", () => {
    const presence = new Presence();
    const { lines } = diary(presence, "room");
    const meta = { away: false };
    const ann = presence.join("room", "ann", { meta });
    meta.away = true;
    expect(ann.entry.meta).toEqual({ away: false });
    ann.update(meta);
    expect(ann.entry.meta).toEqual({ away: true });
    ann.leave();
    ann.update({ away: false });
    expect(lines).toEqual(["+ann 1", 'ann {"away":true}', "-ann 0"]);
  });

  it("has an entry leave when a promise settles, such as that of a connection's end", async () => {
    const presence = new Presence();
    const [closed, failed] = [deferred(), deferred()];
    presence.join("room", "ann", { until: closed.promise });
    presence.join("room", "bob", { until: failed.promise });
    closed.resolve();
    await settle();
    expect(keysIn(presence, "room")).toEqual(["bob"]);
    failed.reject(new Error("lost"));
    await settle();
    expect(keysIn(presence, "room")).toEqual([]);
  });

  it("lets a handler throw, join, leave and stop watching while it is told", async () => {
    const errors: unknown[] = [];
    const presence = new Presence({ onError: (error) => void errors.push(error) });
    const watch = presence.watch("room", {
      join: ({ key }) => {
        watch.stop();
        if (key === "ann") presence.join("room", "bob").leave();
        throw new Error("of the handler");
      },
    });
    const { lines } = diary(presence, "room");
    presence.join("room", "ann");
    expect(errors.map(String)).toEqual(["Error: of the handler"]);
    expect(lines).toEqual(["+bob 1", "-bob 0", "+ann 1"]);
  });

  it("keeps nothing of a topic that nobody is in, and nobody watches", async () => {
    const presence = new Presence({ maxTotalEntries: 1 });
    for (const topic of ["one", "two", "three"]) {
      const { watch } = diary(presence, topic);
      presence.join(topic, "ann").leave();
      watch.stop();
      await settle();
    }
    expect(vi.getTimerCount()).toBe(0);
    presence.join("four", "ann");
  });

  it("has bounds, beyond which it says what is wrong", () => {
    const presence = new Presence({ maxEntries: 2, maxTotalEntries: 3, maxEntrySize: 20 });
    const ann = presence.join("room", "ann");
    const bob = presence.join("room", "bob");
    const full = expect.objectContaining({ code: "PRESENCE_FULL" });
    expect(() => presence.join("room", "carl")).toThrow(full);
    presence.join("other", "carl");
    expect(() => presence.join("third", "dora")).toThrow(full);
    ann.leave();
    presence.join("third", "dora");
    const tooBig = expect.objectContaining({ code: "PRESENCE_ENTRY_TOO_BIG" });
    expect(() => presence.join("room", "x", { meta: "y".repeat(16) })).toThrow(tooBig);
    expect(() => bob.update("y".repeat(50))).toThrow(tooBig);
    expect(bob.entry.meta).toBe(null);
    expect(() => presence.join("t".repeat(257), "x")).toThrow(
      expect.objectContaining({ code: "TOPIC_TOO_LONG" }),
    );
  });

  it("refuses what is no entry, no handler and no option", () => {
    const presence = new Presence();
    expect(() => presence.join("room", "")).toThrow(/key of an entry is a text; got an empty/);
    expect(() => presence.join("room", 7 as never)).toThrow(/key of an entry is a text; got 7/);
    expect(() => presence.join("", "ann")).toThrow(/name of a topic/);
    expect(() => presence.join("room", "ann", { meta: 1n })).toThrow(/something that JSON keeps/);
    expect(() => presence.join("room", "ann", { meta: () => 1 })).toThrow(/JSON keeps/);
    expect(() => presence.join("room", "ann", { until: 1 as never })).toThrow(/until is a promise/);
    expect(() => presence.join("room", "ann", { mata: 1 } as never)).toThrow(/unknown option/);
    expect(() => presence.watch("room", { join: 1 } as never)).toThrow(/join of a handler/);
    expect(presence.list("room").size).toBe(0);
    for (const [options, message] of [
      [{ timeOut: 1 }, /unknown option "timeOut"/],
      [{ timeout: 99 }, /timeout is at least 100 milliseconds/],
      [{ timeout: Number.POSITIVE_INFINITY }, /and finite/],
      [{ maxEntries: 0 }, /maxEntries is a whole number of entries/],
      [{ maxTotalEntries: -1 }, /maxTotalEntries is a whole number/],
      [{ maxEntrySize: 65_537 }, /maxEntrySize is at most 65536 bytes/],
      [{ onError: 1 }, /onError is a function/],
      [{ broker: {} }, /broker is an object with the functions/],
    ] as const) {
      expect(() => new Presence(options as never)).toThrow(message);
    }
  });
});

describe("presence over several processes", () => {
  it("knows the entries of all, those too that were there before", async () => {
    const { start } = fleet();
    const [here, there] = [start(), start()];
    here.presence.join("room", "ann", { meta: { on: "phone" } });
    const late = start();
    await settle();
    const { lines, watch } = diary(late.presence, "room");
    await watch.ready;
    await settle();
    there.presence.join("room", "bob");
    const ann = there.presence.join("room", "ann");
    await settle();
    expect(lines).toEqual(["+ann 1", "+bob 1", "+ann 2"]);
    expect(watch.list().get("ann")?.[0]).toMatchObject({ meta: { on: "phone" }, own: false });
    for (const { presence } of [here, there]) {
      expect(keysIn(presence, "room")).toEqual(["ann", "ann", "bob"]);
    }
    ann.update("away");
    ann.leave();
    await settle();
    expect(lines.slice(3)).toEqual(['ann "away"', "-ann 1"]);
  });

  it("has the same ids everywhere, and no two that are the same", async () => {
    const { start } = fleet();
    const [here, there] = [start(), start()];
    const joined = [here, there].flatMap(({ presence }) =>
      ["ann", "ann"].map((key) => presence.join("room", key).entry.id),
    );
    await settle();
    const ids = [here, there].map(({ presence }) =>
      presence
        .list("room")
        .get("ann")!
        .map(({ id }) => id),
    );
    expect(new Set(joined).size).toBe(4);
    for (const list of ids) expect([...list].sort()).toEqual([...joined].sort());
  });

  it("subscribes to the topics that it has to do with, and to no others", async () => {
    const { engine, start } = fleet();
    const [here, there] = [start(), start()];
    const ann = here.presence.join("room", "ann");
    const watch = here.presence.watch("room");
    await settle();
    ann.leave();
    await settle();
    expect(here.broker.calls).toEqual(["+presence:room"]);
    watch.stop();
    await settle();
    expect(here.broker.calls).toEqual(["+presence:room", "-presence:room"]);
    expect(there.broker.calls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    const before = engine.published.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(engine.published).toHaveLength(before);
  });

  it("tells a burst in a few messages", async () => {
    const { engine, start } = fleet();
    const [here, there] = [start(), start()];
    const { lines } = diary(there.presence, "room");
    await settle();
    const before = engine.published.length;
    for (let i = 0; i < 1000; i++) here.presence.join("room", `user ${i}`);
    await settle();
    expect(lines).toHaveLength(1000);
    expect(engine.published.length - before).toBeLessThan(5);
  });

  it("tells of more entries than a message holds", async () => {
    const { engine, start } = fleet();
    const here = start();
    const metas = Array.from({ length: 1000 }, (_, i) => `${i}`.padEnd(900, "."));
    const joined = metas.map((meta) => here.presence.join("room", "ann", { meta }));
    await settle();
    const late = start();
    late.presence.watch("room");
    await settle();
    const seen = late.presence
      .list("room")
      .get("ann")!
      .map(({ meta }) => meta);
    expect(seen.sort()).toEqual(metas.sort());
    for (const one of joined) one.leave();
    await settle();
    expect(late.presence.list("room").size).toBe(0);
    const largest = Math.max(...engine.published.map(({ message }) => message.length));
    expect(largest).toBeLessThan(140_000);
  });
});

describe("a process that leaves", () => {
  it("says so at once when it closes", async () => {
    const { start } = fleet();
    const [here, there] = [start(), start()];
    const { lines } = diary(here.presence, "room");
    const own = diary(there.presence, "room");
    const bob = there.presence.join("room", "bob");
    await settle();
    const closed = there.presence.close();
    await settle();
    expect(lines).toEqual(["+bob 1", "-bob 0"]);
    expect(own.lines).toEqual(["+bob 1"]);
    await closed;
    await there.presence.close();
    expect(there.broker.closed).toBe(true);
    bob.leave();
    bob.update("gone");
    const afterwards = expect.objectContaining({ code: "PRESENCE_CLOSED" });
    expect(() => there.presence.join("room", "bob")).toThrow(afterwards);
    expect(() => there.presence.watch("room")).toThrow(afterwards);
    expect(there.errors).toEqual([]);
  });

  it("does not wait longer than a second for an engine that takes nothing", async () => {
    const { start } = fleet();
    const here = start();
    here.broker.slow = new Promise(() => {});
    here.presence.join("room", "ann");
    let closed = false;
    here.presence.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is gone within the timeout when it dies, and not before nine tenths of it", async () => {
    const { start } = fleet({ timeout: 1000 });
    const [here, there] = [start(), start()];
    const { lines } = diary(here.presence, "room");
    there.presence.join("room", "bob");
    await settle();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines).toEqual(["+bob 1"]);
    there.die();
    // Its last sign of life may be two tenths old.
    await vi.advanceTimersByTimeAsync(699);
    expect(lines).toEqual(["+bob 1"]);
    await vi.advanceTimersByTimeAsync(301);
    expect(lines).toEqual(["+bob 1", "-bob 0"]);
  });

  it("is not taken for dead because this process has stood still", async () => {
    const { start } = fleet({ timeout: 1000 });
    const [here, there] = [start(), start()];
    const { lines } = diary(here.presence, "room");
    there.presence.join("room", "bob");
    await settle();
    // As a debugger or a sleeping laptop does: much time has passed, but the timer fires once.
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(100);
    expect(lines).toEqual(["+bob 1"]);
  });

  it("has no timer that holds the process", async () => {
    vi.useRealTimers();
    const { start } = fleet();
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const { presence } = start();
    presence.join("room", "ann");
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(after).toBe(before);
    await presence.close();
  });
});

describe("an engine that is away", () => {
  it("costs no more than what is there, and others learn of all when it is back", async () => {
    const { engine, start } = fleet();
    const [here, there] = [start(), start()];
    const { lines } = diary(there.presence, "room");
    const ann = here.presence.join("room", "ann");
    await settle();
    engine.away = true;
    const attempts = vi.spyOn(here.broker, "publish");
    for (let i = 0; i < 1000; i++) here.presence.join("room", `passing ${i}`).leave();
    ann.leave();
    here.presence.join("room", "bob");
    await settle();
    expect(attempts.mock.calls.length).toBeLessThan(5);
    engine.away = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(lines).toEqual(["+ann 1", "+bob 1", "-ann 0"]);
    expect(here.errors.map(String)).toEqual(["Error: the engine is away"]);
    expect(there.errors).toEqual([]);
  });

  it("that is halted is given one message at a time", async () => {
    const { start } = fleet();
    const [here, there] = [start(), start()];
    const { lines } = diary(there.presence, "room");
    await settle();
    const halted = deferred();
    here.broker.slow = halted.promise;
    const attempts = vi.spyOn(here.broker, "publish");
    for (let i = 0; i < 100; i++) here.presence.join("room", `passing ${i}`).leave();
    const ann = here.presence.join("room", "ann");
    ann.update("still here");
    await vi.advanceTimersByTimeAsync(30_000);
    // One change, and the question who is there.
    expect(attempts.mock.calls.length).toBe(2);
    halted.resolve();
    await settle();
    expect(lines.at(-1)).toBe("+ann 1");
    expect(keysIn(there.presence, "room")).toEqual(["ann"]);
  });

  it("that has a gap is asked at once for what was missed", async () => {
    const { engine, start } = fleet();
    const [here, there] = [start(), start()];
    const { lines } = diary(there.presence, "room");
    const ann = here.presence.join("room", "ann");
    await settle();
    engine.brokers.delete(there.broker);
    ann.leave();
    here.presence.join("room", "bob");
    await settle();
    engine.brokers.add(there.broker);
    there.broker.gap!("presence:room", "the connection was away");
    await settle();
    expect(lines).toEqual(["+ann 1", "+bob 1", "-ann 0"]);
  });

  it("that refuses a subscription is asked again", async () => {
    const { engine, start } = fleet();
    const [here, there] = [start(), start()];
    here.presence.join("room", "ann");
    await settle();
    engine.away = true;
    const { lines, watch } = diary(there.presence, "room");
    await expect(watch.ready).rejects.toThrow("the engine is away");
    expect(there.errors.map(String)).toEqual(["Error: the engine is away"]);
    engine.away = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(lines).toEqual(["+ann 1"]);
  });

  it("has its errors told, and its silence survived", async () => {
    const { engine, start } = fleet({ timeout: 1000 });
    const [here, there] = [start(), start()];
    const { lines } = diary(there.presence, "room");
    here.presence.join("room", "ann");
    await settle();
    there.broker.error!(new Error("from the engine"));
    expect(there.errors.map(String)).toEqual(["Error: from the engine"]);
    engine.away = true;
    await vi.advanceTimersByTimeAsync(2000);
    engine.away = false;
    await vi.advanceTimersByTimeAsync(500);
    expect(lines).toEqual(["+ann 1", "-ann 0", "+ann 1"]);
  });
});
