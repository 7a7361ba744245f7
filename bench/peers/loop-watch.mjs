/** What the event loop of a measured server does, watched from within. */
import { openSync, readSync } from "node:fs";
import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";

let watch;

/**
 * What the event loop did since the last call, in ms and shares of the time; from the first call on it
 * is watched.
 *
 * @param withTurns whether to look at each turn, which takes some 5 µs of it; the first call decides
 */
export function loopDelay(withTurns) {
  watch ??= startWatch(withTurns);
  const { delays, collections, pauses, turns, since } = watch;
  pauses.push(...collections.takeRecords());
  const { utilization, active, idle } = performance.eventLoopUtilization(since);
  const delay = {
    p99: delays.percentile(99) / 1e6,
    longest: delays.max / 1e6,
    busy: utilization,
    collecting: pauses.reduce((sum, { duration }) => sum + duration, 0) / (active + idle),
    longestCollection: Math.max(0, ...pauses.map(({ duration }) => duration)),
    ...turns?.take(pauses),
  };
  delays.reset();
  watch.pauses = [];
  watch.since = performance.eventLoopUtilization();
  return delay;
}

function startWatch(withTurns) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const collections = new PerformanceObserver((list) => watch.pauses.push(...list.getEntries()));
  collections.observe({ entryTypes: ["gc"] });
  return {
    delays,
    collections,
    pauses: [],
    turns: withTurns && process.platform === "linux" ? new Turns() : undefined,
    since: performance.eventLoopUtilization(),
  };
}

/**
 * The processor time that the loop's thread takes in each turn: unlike the delay it does not grow with
 * what else the machine does. Linux brings it up to date when the thread is switched out, or at a tick, of
 * which there are 250 or more a second. So what a turn took is mostly told behind the next one, in parts
 * where a tick falls into it, and turns with nothing to wait for between them are told as one: a single
 * figure is rough.
 */
class Turns {
  #file = openSync("/proc/thread-self/schedstat", "r");
  #line = Buffer.alloc(64);
  #used = this.#read();
  #end = performance.now();
  #turns = [];

  constructor() {
    this.#next();
  }

  // Without `unref` the loop would never be idle.
  #next() {
    setImmediate(() => {
      const used = this.#read();
      const end = performance.now();
      this.#turns.push({ begin: this.#end, end, cpu: used - this.#used });
      this.#used = used;
      this.#end = end;
      this.#next();
    }).unref();
  }

  // In ms. The line begins with what the thread has used, in ns.
  #read() {
    const length = readSync(this.#file, this.#line, 0, this.#line.length, 0);
    return Number.parseInt(this.#line.latin1Slice(0, length), 10) / 1e6;
  }

  /** What there is since the last call, but for turns with one of the collector's pauses, and the next. */
  take(pauses) {
    const own = [];
    let last = false;
    let at = 0;
    for (const { begin, end, cpu } of this.#turns) {
      while (at < pauses.length && pauses[at].startTime + pauses[at].duration < begin) at++;
      const collected = at < pauses.length && pauses[at].startTime < end;
      if (!collected && !last) own.push(cpu);
      last = collected;
    }
    this.#turns = [];
    own.sort((a, b) => a - b);
    return { turnP99: own[Math.floor(own.length * 0.99)] ?? 0, longestTurn: own.at(-1) ?? 0 };
  }
}
