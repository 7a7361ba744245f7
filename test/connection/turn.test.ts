import { afterEach, expect, it, vi } from "vitest";
import { Turn } from "../../src/connection/turn.ts";

afterEach(() => vi.restoreAllMocks());

it("tells peers what they broke behind what others wait for, a slice of 8 ms at a time", () => {
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  const turn = new Turn();
  const done: string[] = [];
  const goOnFailing = () => {
    clock += 3;
    done.push("told");
  };
  for (let i = 0; i < 5; i++) turn.failLater({ goOnFailing });
  turn.flushLater({ flush: () => done.push("flushed") });
  turn.run();
  expect(done).toEqual(["flushed", "told", "told", "told"]);
  turn.flushLater({ flush: () => done.push("flushed again") });
  turn.run();
  expect(done.slice(4)).toEqual(["flushed again", "told", "told"]);
});

it("tells one of them in each turn, however long the others take", () => {
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  const turn = new Turn();
  const goOnFailing = vi.fn();
  for (let i = 0; i < 2; i++) turn.failLater({ goOnFailing });
  const takeLong = () => {
    clock += 10;
  };
  turn.resumeLater({ resumeParsing: takeLong });
  turn.run();
  expect(goOnFailing).toHaveBeenCalledTimes(1);
  // More than can be flushed in one turn: the clock is looked at behind each 64.
  for (let i = 0; i < 100; i++) turn.flushLater({ flush: takeLong });
  turn.run();
  expect(goOnFailing).toHaveBeenCalledTimes(2);
});
