import { bench, group, summary } from "mitata";

/** So many turns of the event loop in each measurement. */
const TURNS = 100;

interface Output {
  flushed: number;
}

function flush(output: Output): void {
  output.flushed += 1;
}

const waiting: Output[] = [];

function flushAll(): void {
  for (const output of waiting) flush(output);
  waiting.length = 0;
}

/** How the outputs that have something to write are flushed, when some of them have in each turn. */
const ways: Readonly<Record<string, (outputs: readonly Output[]) => void>> = {
  "at once": (outputs) => {
    for (const output of outputs) flush(output);
  },
  "process.nextTick for each": (outputs) => {
    for (const output of outputs) process.nextTick(flush, output);
  },
  "process.nextTick once": (outputs) => {
    for (const output of outputs) waiting.push(output);
    process.nextTick(flushAll);
  },
  "queueMicrotask once": (outputs) => {
    for (const output of outputs) waiting.push(output);
    queueMicrotask(flushAll);
  },
  "setImmediate once": (outputs) => {
    for (const output of outputs) waiting.push(output);
    setImmediate(flushAll);
  },
  "setImmediate for each": (outputs) => {
    for (const output of outputs) setImmediate(flush, output);
  },
};

/** What it costs to wait with a flush, for 100 turns of the loop. */
export function flushBenchmarks(): void {
  for (const count of [1, 8, 32, 256]) {
    const outputs = Array.from({ length: count }, () => ({ flushed: 0 }));
    group(`flush ${count} outputs in each of ${TURNS} turns`, () => {
      summary(() => {
        for (const [name, way] of Object.entries(ways)) {
          bench(name, () => inTurns(() => way(outputs)));
        }
      });
    });
  }
}

/** Does something in each of {@link TURNS} turns, and resolves in the one after the last. */
function inTurns(act: () => void): Promise<void> {
  return new Promise((resolve) => {
    let left = TURNS;
    const turn = () => {
      if (left === 0) {
        resolve();
        return;
      }
      left -= 1;
      act();
      setImmediate(turn);
    };
    setImmediate(turn);
  });
}
