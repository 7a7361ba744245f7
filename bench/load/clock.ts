import { readFileSync } from "node:fs";

/** Processor time of the measured processes and of this one between two moments. */

// The unit of /proc/<pid>/stat: 100 per second on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/** Processor time in seconds, all threads. */
export interface ProcessorTime {
  readonly user: number;
  /** In the kernel: nearly all of it for system calls. */
  readonly system: number;
}

/** Processor time of a process since its start. */
export function processCpu(pid: number): ProcessorTime {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may contain blanks; the fields behind it are counted from there.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = (field: number) => Number(fields[field]) / TICKS_PER_SECOND;
    return { user: seconds(11), system: seconds(12) };
  } catch {
    return { user: Number.NaN, system: Number.NaN }; // No /proc: macOS, Windows.
  }
}

/** Processor time of all processes since the system started, in seconds. */
function machineCpu(): number {
  try {
    const [, ...fields] = readFileSync("/proc/stat", "latin1").split("\n", 1)[0]!.split(/ +/);
    // user, nice, system, idle, iowait, irq, softirq: all but idle and iowait.
    const ticks = [0, 1, 2, 5, 6].reduce((sum, i) => sum + Number(fields[i]), 0);
    return ticks / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** One moment of a measurement. */
interface Moment {
  /** In seconds. */
  readonly time: number;
  /** Processor time of the measured processes. */
  readonly server: ProcessorTime;
  /** Processor time of this process, in seconds. */
  readonly load: number;
  /** Processor time of the whole machine, in seconds. */
  readonly machine: number;
}

function now(pids: readonly number[]): Moment {
  const own = process.cpuUsage();
  const servers = pids.map(processCpu);
  return {
    time: performance.now() / 1000,
    server: {
      user: servers.reduce((sum, { user }) => sum + user, 0),
      system: servers.reduce((sum, { system }) => sum + system, 0),
    },
    load: (own.user + own.system) / 1e6,
    machine: machineCpu(),
  };
}

/** What passed between the beginning and the end of a measurement. */
export interface Elapsed {
  /** The measured time, in seconds. */
  readonly seconds: number;
  /** Processor time of the measured processes, all threads, in seconds. */
  readonly serverCpu: number;
  /** How much of that was spent in the kernel. */
  readonly serverSystem: number;
  /** Processor time of the load generator, in seconds. */
  readonly loadCpu: number;
  /** Processor time of everything else on the machine, in seconds. */
  readonly otherCpu: number;
}

/** A measurement that has begun. */
export class Stopwatch {
  readonly #pids: readonly number[];
  readonly #start: Moment;

  /** @param pids the measured processes */
  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#start = now(pids);
  }

  /** What has passed since. */
  read(): Elapsed {
    const start = this.#start;
    const end = now(this.#pids);
    const serverSystem = end.server.system - start.server.system;
    const serverCpu = end.server.user - start.server.user + serverSystem;
    const loadCpu = end.load - start.load;
    return {
      seconds: end.time - start.time,
      serverCpu,
      serverSystem,
      loadCpu,
      otherCpu: Math.max(0, end.machine - start.machine - serverCpu - loadCpu),
    };
  }
}

/** How long a measurement takes. */
export interface Timing {
  /** The measured processes. */
  readonly pids: readonly number[];
  /** Time before the measurement starts, in ms. */
  readonly warmUp: number;
  /** Time measured, in ms. */
  readonly duration: number;
}

/**
 * Warms up, then measures how much `count` grows.
 *
 * @param onBegin is called in between
 */
export async function measureGrowth(
  { pids, warmUp, duration }: Timing,
  count: () => number,
  onBegin: () => void = () => {},
): Promise<Elapsed & { readonly count: number }> {
  await sleep(warmUp);
  onBegin();
  const before = count();
  const watch = new Stopwatch(pids);
  await sleep(duration);
  const elapsed = watch.read();
  return { ...elapsed, count: count() - before };
}

/**
 * Resolves when `done` says so.
 *
 * @param what did not happen, for the error
 * @throws Error after so many ms
 */
export async function waitUntil(
  done: () => boolean,
  deadline: number,
  what: () => string,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!done()) {
    if (performance.now() > end) throw new Error(what());
    await sleep(5);
  }
}

/** Resolves after so many milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
