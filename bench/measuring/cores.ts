import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Cores for the measured process and for the load generator, undefined where that is left open. */
export interface Cores {
  readonly server: readonly number[] | undefined;
  readonly load: readonly number[] | undefined;
}

/** No cores for anyone: the system chooses. */
export const unpinned: Cores = { server: undefined, load: undefined };

/**
 * The last cores that we may use: one for each of the measured processes, and before those as many for the
 * load, at least one. None without `taskset`, or where there are too few.
 */
export function chooseCores(workers: number): Cores {
  if (process.platform !== "linux") return unpinned;
  if (spawnSync("taskset", ["--version"]).error !== undefined) return unpinned;
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return shareCores(parseCoreList(list ?? ""), workers);
}

/** Who gets which of the cores. */
export function shareCores(cores: readonly number[], workers: number): Cores {
  if (cores.length <= workers) return unpinned;
  const others = cores.slice(0, -workers);
  return { server: cores.slice(-workers), load: others.slice(-workers) };
}

/** The numbers in a list such as `0-3,8`. */
export function parseCoreList(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    if (first === undefined || last === undefined || part === "") return [];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
