import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { type Attendance, Presence } from "../../src/presence/presence.ts";
import type { Broker } from "../../src/topics/broker.ts";
import { keysIn, turnClock } from "./fleet.ts";

turnClock();

/** What may happen to a message on its way to one process. */
const FATES = ["comes", "is lost", "comes twice", "comes late", "is refused"] as const;
type Fate = (typeof FATES)[number];

/** An engine that does to messages what it is told, until it is calm. */
class Sea {
  calm = false;
  readonly boats = new Set<Boat>();
  readonly #fates: Iterator<Fate>;
  #late: (() => void)[] = [];

  constructor(fates: readonly Fate[]) {
    this.#fates = fates[Symbol.iterator]();
  }

  nextFate(): Fate {
    return this.calm ? "comes" : (this.#fates.next().value ?? "comes");
  }

  delay(arrival: () => void): void {
    this.#late.push(arrival);
  }

  /** What is late comes, the last first. */
  deliver(): void {
    for (const arrive of this.#late.splice(0).reverse()) arrive();
  }
}

class Boat implements Broker {
  readonly delivery = "at-most-once";
  readonly #sea: Sea;
  readonly #topics = new Set<string>();
  #listener: (topic: string, message: Uint8Array) => void = () => {};

  constructor(sea: Sea) {
    this.#sea = sea;
    sea.boats.add(this);
  }

  onMessage(listener: (topic: string, message: Uint8Array) => void): void {
    this.#listener = listener;
  }

  async subscribe(topic: string): Promise<void> {
    if (this.#sea.nextFate() === "is refused") throw new Error("refused");
    this.#topics.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#topics.delete(topic);
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    if (!this.#sea.boats.has(this)) return;
    let refused = false;
    for (const boat of this.#sea.boats) {
      const fate = this.#sea.nextFate();
      const arrive = () => boat.#receive(topic, message);
      if (fate === "comes" || fate === "comes twice") arrive();
      if (fate === "comes twice") arrive();
      if (fate === "comes late") this.#sea.delay(arrive);
      if (fate === "is refused") refused = true;
    }
    if (refused) throw new Error("refused");
  }

  async close(): Promise<void> {
    this.#sea.boats.delete(this);
  }

  #receive(topic: string, message: Uint8Array): void {
    if (this.#topics.has(topic)) this.#listener(topic, Uint8Array.from(message));
  }
}

const TIMEOUT = 1000;

/** One process, and what it should know of itself. */
class Crew {
  readonly boat: Boat;
  readonly presence: Presence;
  readonly attendances = new Map<Attendance, string>();
  /** Of each key, how many have joined and not left, as it was told. */
  readonly told = new Map<string, number>();
  readonly #sea: Sea;

  constructor(sea: Sea) {
    this.#sea = sea;
    this.boat = new Boat(sea);
    this.presence = new Presence({ broker: this.boat, timeout: TIMEOUT, onError: () => {} });
    this.presence.watch("sea", {
      join: ({ key }, count) => void this.told.set(key, count),
      leave: ({ key }, count) => void this.told.set(key, count),
    });
  }

  get alive(): boolean {
    return this.#sea.boats.has(this.boat);
  }

  join(key: string): void {
    this.attendances.set(this.presence.join("sea", key), key);
  }

  change(chosen: number, deed: "leave" | "update"): void {
    const all = [...this.attendances.keys()];
    const attendance = all[chosen % Math.max(all.length, 1)];
    if (attendance === undefined) return;
    if (deed === "update") attendance.update({ chosen });
    else {
      attendance.leave();
      this.attendances.delete(attendance);
    }
  }

  sink(): void {
    this.attendances.clear();
    this.#sea.boats.delete(this.boat);
  }

  async dock(): Promise<void> {
    this.attendances.clear();
    await this.presence.close();
  }
}

const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("join" as const), key: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("leave", "update"), key: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("sink", "dock"), key: fc.nat(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), key: fc.nat(400) }) },
);

async function act(crew: Crew, { do: what, key }: { do: string; key: number }, sea: Sea) {
  if (what === "wait") {
    await vi.advanceTimersByTimeAsync(key);
    sea.deliver();
  }
  if (!crew.alive) return;
  if (what === "join") crew.join(`key ${key}`);
  if (what === "leave" || what === "update") crew.change(key, what);
  if (what === "sink") crew.sink();
  if (what === "dock") await Promise.all([crew.dock(), vi.advanceTimersByTimeAsync(0)]);
}

it("all processes come to know the same, whatever was lost, late or repeated on the way", async () => {
  const deeds = fc.array(fc.tuple(fc.nat(3), deed), { maxLength: 40 });
  const fates = fc.array(fc.constantFrom(...FATES), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(deeds, fates, async (story, tape) => {
      const sea = new Sea(tape);
      const crews = Array.from({ length: 4 }, () => new Crew(sea));
      for (const [who, what] of story) await act(crews[who]!, what, sea);
      await vi.advanceTimersByTimeAsync(0);
      sea.calm = true;
      sea.deliver();
      await vi.advanceTimersByTimeAsync(2 * TIMEOUT);
      const living = crews.filter(({ alive }) => alive);
      const expected = living.flatMap(({ attendances }) => [...attendances.values()]).sort();
      const metas = living
        .flatMap(({ attendances }) => [...attendances.keys()])
        .map(({ entry: { id, meta } }) => JSON.stringify([id, meta]))
        .sort();
      for (const { presence, told } of living) {
        expect(keysIn(presence, "sea")).toEqual(expected);
        const entries = [...presence.list("sea").values()].flat();
        expect(entries.map(({ id, meta }) => JSON.stringify([id, meta])).sort()).toEqual(metas);
        for (const [key, count] of told) {
          expect(count).toBe(expected.filter((other) => other === key).length);
        }
      }
      await Promise.all([
        ...living.map(({ presence }) => presence.close()),
        vi.advanceTimersByTimeAsync(0),
      ]);
    }),
    { numRuns: 100 },
  );
});
