/** What the event loop of a measured server does, watched from within. */
import { closeSync, openSync, readSync } from "node:fs";
import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";

/** What the event loop does from the making of this on. */
export class LoopWatch {
  #delays = monitorEventLoopDelay({ resolution: 1 });
  #pauses = [];
  #collections = new PerformanceObserver((list) => this.#pauses.push(...list.getEntries()));
  #turns;
  #since = performance.eventLoopUtilization();

  /** @param withTurns whether to look at each turn, which takes some 5 µs of it */
  constructor(withTurns) {
    this.#delays.enable();
    this.#collections.observe({ entryTypes: ["gc"] });
    if (withTurns && process.platform === "linux") this.#turns = new Turns();
  }

  /** Ends it, and returns what the loop did in ms and shares of the time. */
  end() {
    this.#delays.disable();
    const pauses = [...this.#pauses, ...this.#collections.takeRecords()];
    this.#collections.disconnect();
    const { utilization, active, idle } = performance.eventLoopUtilization(this.#since);
    return {
      p99: this.#delays.percentile(99) / 1e6,
      longest: this.#delays.max / 1e6,
      busy: utilization,
      collecting: pauses.reduce((sum, { duration }) => sum + duration, 0) / (active + idle),
      longestCollection: Math.max(0, ...pauses.map(({ duration }) => duration)),
      ...this.#turns?.end(pauses),
    };
  }
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
  #ended = performance.now();
  #turns = [];
  #immediate;

  constructor() {
    this.#wait();
  }

  // Without `unref` the loop would never be idle.
  #wait() {
    this.#immediate = setImmediate(() => {
      const used = this.#read();
      const end = performance.now();
      this.#turns.push({ begin: this.#ended, end, cpu: used - this.#used });
      this.#used = used;
      this.#ended = end;
      this.#wait();
    }).unref();
  }

  // In ms. The line begins with what the thread has used, in ns.
  #read() {
    const length = readSync(this.#file, this.#line, 0, this.#line.length, 0);
    return Number.parseInt(this.#line.latin1Slice(0, length), 10) / 1e6;
  }

  /** Ends it, and tells of all turns but those with one of the collector's pauses, and the next. */
  end(pauses) {
    clearImmediate(this.#immediate);
    closeSync(this.#file);
    const own = [];
    let last = false;
    let at = 0;
    for (const { begin, end, cpu } of this.#turns) {
      while (at < pauses.length && pauses[at].startTime + pauses[at].duration < begin) at++;
      const collected = at < pauses.length && pauses[at].startTime < end;
      if (!collected && !last) own.push(cpu);
      last = collected;
    }
    own.sort((a, b) => a - b);
    return { turnP99: own[Math.floor(own.length * 0.99)] ?? 0, longestTurn: own.at(-1) ?? 0 };
  }
}
