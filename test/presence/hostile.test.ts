import { describe, expect, it, vi } from "vitest";
import { sealBeat, sealChange, sealQuestion } from "../../src/presence/message.ts";
import { diary, fleet, keysIn, settle, turnClock } from "./fleet.ts";

turnClock();

const TOPIC = "presence:room";

/** Another process, which has as its name eight bytes of this text. */
function stranger(name: string) {
  const origin = Buffer.from(name.padEnd(8).slice(0, 8));
  return {
    beat: (version: number) => sealBeat(origin, version),
    question: () => sealQuestion(origin, []),
    /** All its entries, with these numbers. */
    all: (to: number, ...numbers: number[]) => {
      const texts = numbers.map((number) => `[${number},"${name} ${number}",null]`);
      return sealChange(origin, { from: 0, to, part: 0, last: true, left: [] }, texts);
    },
    part: (to: number, part: number, last: boolean, ...numbers: number[]) => {
      const texts = numbers.map((number) => `[${number},"${name} ${number}",null]`);
      return sealChange(origin, { from: 0, to, part, last, left: [] }, texts);
    },
    change: (from: number, to: number, joined: number[], left: number[] = []) => {
      const texts = joined.map((number) => `[${number},"${name} ${number}",null]`);
      return sealChange(origin, { from, to, part: 0, last: true, left }, texts);
    },
  };
}

describe("presence, of what comes from the engine,", () => {
  it("reports what is no message of presence, and goes on", async () => {
    const { start } = fleet();
    const here = start();
    const { lines } = diary(here.presence, "room");
    for (const text of ["", "not ours", ' 12345678[0,1,0,1,[[1,"",null]],[]]']) {
      here.broker.inject(TOPIC, Buffer.from(text));
    }
    here.broker.inject("presence:nobody is here", Buffer.from("not ours"));
    here.broker.inject("room", Buffer.from("of the server"));
    expect(here.errors).toMatchObject(Array(3).fill({ code: "BROKER_MESSAGE_INVALID" }));
    here.broker.inject(TOPIC, stranger("eve").all(1, 1));
    expect(lines).toEqual(["+eve 1 1"]);
  });

  it("takes no more entries than it may, says so once, and takes the others when there is room", async () => {
    const { engine, start } = fleet({ maxEntries: 3, timeout: 1000 });
    const here = start();
    const eve = stranger("eve");
    here.presence.watch("room");
    const own = here.presence.join("room", "ann");
    await settle();
    for (let to = 1; to < 4; to++) here.broker.inject(TOPIC, eve.all(to, 1, 2, 3, 4));
    expect(keysIn(here.presence, "room")).toEqual(["ann", "eve 1", "eve 2"]);
    expect(here.errors).toMatchObject([{ code: "PRESENCE_FULL" }]);
    own.leave();
    const before = engine.published.length;
    await vi.advanceTimersByTimeAsync(100);
    const asked = engine.published.slice(before).map(({ message }) => message[0]);
    expect(asked).toContain(0x22);
    here.broker.inject(TOPIC, eve.all(3, 1, 2, 3));
    expect(keysIn(here.presence, "room")).toEqual(["eve 1", "eve 2", "eve 3"]);
  });

  it("takes no more than maxTotalEntries over all topics", () => {
    const { start } = fleet({ maxTotalEntries: 3 });
    const here = start();
    for (const topic of ["one", "two"]) here.presence.watch(topic);
    for (const topic of ["one", "two"]) {
      here.broker.inject(`presence:${topic}`, stranger("eve").all(1, 1, 2));
    }
    expect(keysIn(here.presence, "one")).toHaveLength(2);
    expect(keysIn(here.presence, "two")).toHaveLength(1);
  });

  it("keeps no more made-up processes than it may", async () => {
    const { start } = fleet({ maxEntries: 20_000, timeout: 1000 });
    const here = start();
    here.presence.watch("room");
    for (let i = 0; i < 11_000; i++) here.broker.inject(TOPIC, stranger(`${i}`).all(1, 1));
    expect(keysIn(here.presence, "room")).toHaveLength(10_000);
    expect(here.errors).toMatchObject([{ code: "PRESENCE_FULL" }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(here.presence.list("room").size).toBe(0);
  });

  it("answers a flood of questions a few times, and asks a flood of strangers a few times", async () => {
    const { engine, start } = fleet();
    const here = start();
    here.presence.join("room", "ann");
    await settle();
    const before = engine.published.length;
    for (let i = 0; i < 1000; i++) {
      here.broker.inject(TOPIC, stranger("eve").question());
      here.broker.inject(TOPIC, stranger(`${i}`).beat(1));
      await settle();
    }
    expect(engine.published.length - before).toBeLessThan(30);
  });

  it("asks for what was missed, and keeps what it knows until it is told", async () => {
    const { engine, start } = fleet({ timeout: 1000 });
    const here = start();
    const { lines } = diary(here.presence, "room");
    await settle();
    const eve = stranger("eve");
    const questions = () => engine.published.filter(({ message }) => message[0] === 0x22).length;
    here.broker.inject(TOPIC, eve.all(1, 1, 2));
    const before = questions();
    here.broker.inject(TOPIC, eve.change(3, 4, [4]));
    here.broker.inject(TOPIC, eve.change(4, 5, [5]));
    await settle();
    expect([lines.length, questions() - before]).toEqual([2, 1]);
    // The answer is lost, and the next beat shows that.
    await vi.advanceTimersByTimeAsync(200);
    here.broker.inject(TOPIC, eve.beat(5));
    await settle();
    expect(questions() - before).toBe(2);
    here.broker.inject(TOPIC, eve.all(5, 2, 3, 5));
    expect(lines.slice(2)).toEqual(["+eve 3 1", "+eve 5 1", "-eve 1 0"]);
  });

  it("takes nothing twice, and nothing that is old", () => {
    const { start } = fleet();
    const here = start();
    const { lines } = diary(here.presence, "room");
    const eve = stranger("eve");
    const messages = [eve.all(1, 1), eve.change(1, 2, [2]), eve.change(2, 3, [], [1])];
    for (const message of messages) here.broker.inject(TOPIC, message);
    for (const message of messages) here.broker.inject(TOPIC, message);
    for (const message of [eve.all(4), ...messages]) here.broker.inject(TOPIC, message);
    expect(lines).toEqual(["+eve 1 1", "+eve 2 1", "-eve 1 0", "-eve 2 0"]);
  });

  it("waits for the part of a list that was lost, and takes none for those that were left out", async () => {
    const { start } = fleet({ timeout: 1000 });
    const here = start();
    const { lines } = diary(here.presence, "room");
    const eve = stranger("eve");
    here.broker.inject(TOPIC, eve.all(1, 1, 2, 3));
    here.broker.inject(TOPIC, eve.part(2, 0, false, 1));
    here.broker.inject(TOPIC, eve.part(2, 2, true, 3));
    expect(keysIn(here.presence, "room")).toEqual(["eve 1", "eve 2", "eve 3"]);
    for (const [part, number] of [1, 4, 3].entries()) {
      here.broker.inject(TOPIC, eve.part(2, part, part === 2, number));
    }
    expect(lines.slice(3)).toEqual(["+eve 4 1", "-eve 2 0"]);
    here.broker.inject(TOPIC, stranger("new").part(5, 1, true, 1));
    expect(keysIn(here.presence, "room")).toEqual(["eve 1", "eve 3", "eve 4"]);
  });

  it("recovers from a message that claims to be of another's future", async () => {
    const { engine, start } = fleet({ timeout: 1000 });
    const [here, there] = [start(), start()];
    const { lines } = diary(here.presence, "room");
    await settle();
    there.presence.join("room", "bob");
    await settle();
    const forged = stranger("mallory").all(1_000_000, 7);
    forged.set(engine.published.at(-1)!.message.subarray(1, 9), 1);
    here.broker.inject(TOPIC, forged);
    expect(lines).toEqual(["+bob 1", "+mallory 7 1", "-bob 0"]);
    await vi.advanceTimersByTimeAsync(1400);
    expect(keysIn(here.presence, "room")).toEqual(["bob"]);
  });
});
