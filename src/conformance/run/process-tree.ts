/** A process and its children, seen from outside: their memory, and their end. */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
}

/** The process and all its children, theirs and so on; empty when there is no such process. */
export async function processTree(root: number): Promise<number[]> {
  return (await treeOf(root)).map(({ pid }) => pid);
}

/**
 * Resident memory of a process of this machine and of its children, in bytes: `/proc` on Linux, `ps`
 * elsewhere. `undefined` when there is no such process.
 */
export async function residentBytes(root: number): Promise<number | undefined> {
  const tree = await treeOf(root);
  return tree.length === 0 ? undefined : tree.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function treeOf(root: number): Promise<Process[]> {
  const all = process.platform === "linux" ? await fromProc() : await fromPs();
  const tree = all.filter(({ pid }) => pid === root);
  // Children come behind their parents, whatever the order of their numbers.
  for (const one of tree) tree.push(...all.filter(({ parent }) => parent === one.pid));
  return tree;
}

async function fromProc(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(oneOfProc));
  return found.filter((one) => one !== undefined);
}

async function oneOfProc(pid: string): Promise<Process | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
    // What has died and was not waited for has no memory, and does nothing.
    if (field("State") === "Z") return undefined;
    const kilobytes = Number(field("VmRSS") ?? 0);
    return { pid: Number(pid), parent: Number(field("PPid")), bytes: kilobytes * 1024 };
  } catch {
    return undefined;
  }
}

async function fromPs(): Promise<Process[]> {
  try {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,rss=,state="]);
    return stdout.split("\n").flatMap((line) => {
      const [pid, parent, kilobytes, state] = line.trim().split(/\s+/);
      if (parent === undefined || state?.startsWith("Z")) return [];
      return [{ pid: Number(pid), parent: Number(parent), bytes: Number(kilobytes) * 1024 }];
    });
  } catch {
    return [];
  }
}
