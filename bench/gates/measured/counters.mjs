// What the gates count, all of this thread: none of it depends on how fast the machine is.
import { createHook } from "node:async_hooks";
import { openSync, readSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { getHeapStatistics, promiseHooks } from "node:v8";

/** The system counts reads and writes of each thread; those of sockets too. */
const io = openSync("/proc/thread-self/io", "r");
const text = Buffer.alloc(256);

function systemCalls() {
  const length = readSync(io, text, 0, text.length, 0);
  const lines = text.latin1Slice(0, length);
  return {
    reads: Number(/syscr: (\d+)/.exec(lines)[1]),
    writes: Number(/syscw: (\d+)/.exec(lines)[1]),
  };
}

const collections = new PerformanceObserver(() => {});
collections.observe({ entryTypes: ["gc"] });

/** What was read, written and allocated since the process began. */
function snapshot() {
  const { reads, writes } = systemCalls();
  const { used_heap_size: heap } = getHeapStatistics();
  const { arrayBuffers: buffers } = process.memoryUsage();
  return { reads, writes, heap, buffers };
}

function difference(before, after) {
  return Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]));
}

/** What a snapshot itself costs. */
function ownCost() {
  const before = snapshot();
  return difference(before, snapshot());
}

/** System calls and memory allocated from one moment to another. */
export class Meter {
  #cost;
  #before;

  begin() {
    this.#cost = ownCost();
    this.#before = snapshot();
  }

  /** What was counted since; undefined if the collector has run meanwhile, which takes back memory. */
  async end() {
    const found = difference(this.#before, snapshot());
    // It tells of that in a later turn.
    await nextTurn();
    await nextTurn();
    if (collections.takeRecords().length > 0) return undefined;
    return difference(this.#cost, found);
  }
}

/** Microtasks that promises cause, and callbacks that the event loop is asked for. */
export class TaskMeter {
  #microtasks = 0;
  #callbacks = 0;
  #stop = promiseHooks.onBefore(() => {
    this.#microtasks += 1;
  });
  #hook = createHook({
    init: (_id, type) => {
      if (type === "TickObject" || type === "Immediate" || type === "Timeout") this.#callbacks += 1;
      if (type === "Microtask") this.#microtasks += 1;
    },
  }).enable();

  begin() {
    this.#microtasks = 0;
    this.#callbacks = 0;
  }

  end() {
    return { microtasks: this.#microtasks, callbacks: this.#callbacks };
  }

  close() {
    this.#stop();
    this.#hook.disable();
  }
}
