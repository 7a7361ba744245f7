import { closeSync, openSync, readSync } from "node:fs";

const line = Buffer.alloc(64);

/**
 * Nanoseconds of processor time that the main thread of a process has used (Linux). Unlike a clock it does
 * not go on while other processes have the processor.
 *
 * @param pid of another process; undefined for the thread that asks
 */
export function processorTime(pid?: number): number {
  const file = openSync(
    pid === undefined ? "/proc/thread-self/schedstat" : `/proc/${pid}/task/${pid}/schedstat`,
    "r",
  );
  try {
    const length = readSync(file, line, 0, line.length, 0);
    return Number.parseInt(line.toString("latin1", 0, length), 10);
  } finally {
    closeSync(file);
  }
}
