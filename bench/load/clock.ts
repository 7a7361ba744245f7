import { readFileSync } from "node:fs";
import type { LoadResult } from "./job.ts";

/** Processor time of the measured process and of this one between two moments. */

// The unit of /proc/<pid>/stat: 100 per second on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/** Processor time of a process since its start, user and system, all threads, in seconds. */
export function processCpu(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may contain blanks; the fields behind it are counted from there.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN; // No /proc: macOS, Windows.
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
export interface Moment {
  /** In seconds. */
  readonly time: number;
  /** Processor time of the measured process, in seconds. */
  readonly server: number;
  /** Processor time of this process, in seconds. */
  readonly load: number;
  /** Processor time of the whole machine, in seconds. */
  readonly machine: number;
}

/** The present moment. */
export function now(pid: number): Moment {
  const own = process.cpuUsage();
  return {
    time: performance.now() / 1000,
    server: processCpu(pid),
    load: (own.user + own.system) / 1e6,
    machine: machineCpu(),
  };
}

/** What passed between two moments, as a result has it. */
export function between(
  start: Moment,
  end: Moment,
): Pick<LoadResult, "seconds" | "serverCpu" | "loadCpu" | "otherCpu"> {
  const serverCpu = end.server - start.server;
  const loadCpu = end.load - start.load;
  return {
    seconds: end.time - start.time,
    serverCpu,
    loadCpu,
    otherCpu: Math.max(0, end.machine - start.machine - serverCpu - loadCpu),
  };
}

/** Resolves after so many milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
