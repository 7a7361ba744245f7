/** A process's memory, seen from outside. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds between two looks. */
const INTERVAL = 50;

/**
 * Resident memory of a process of this machine in bytes: `VmRSS` of `/proc` on Linux, `ps`
 * elsewhere. `undefined` when there is no such process.
 */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return process.platform === "linux" ? undefined : await askPs(pid);
  }
}

async function askPs(pid: number): Promise<number | undefined> {
  try {
    const { stdout } = await run("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout.trim()) * 1024 || undefined;
  } catch {
    return undefined;
  }
}

/** Growth of a process's memory while something is done. */
export interface Growth {
  /** Bytes at the beginning. */
  readonly before: number;
  /** The most bytes that were seen; `undefined` once the process was gone. */
  readonly most: number | undefined;
}

/** Does something and watches the memory of a process meanwhile. */
export async function watchMemory<T>(
  pid: number,
  act: () => Promise<T>,
): Promise<{ readonly value: T; readonly growth: Growth }> {
  const before = (await residentBytes(pid)) ?? 0;
  let most: number | undefined = before;
  const look = async () => {
    const now = await residentBytes(pid);
    most = now === undefined || most === undefined ? undefined : Math.max(most, now);
  };
  const timer = setInterval(() => void look(), INTERVAL);
  try {
    const value = await act();
    await look();
    return { value, growth: { before, most } };
  } finally {
    clearInterval(timer);
  }
}
