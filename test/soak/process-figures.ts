import type { Commands } from "../attack/victims/control.ts";

/** What a process of a soak tells of itself. */
export interface ProcessFigures {
  /** Bytes of the heap that are in use behind a collection. */
  readonly heapUsed: number;
  /** Bytes of memory beside the heap behind a collection. */
  readonly external: number;
  /** Timers that would keep the process alive, or not. */
  readonly timers: number;
}

/** The commands of every process of a soak. */
export const commands: Commands = {
  async figures(): Promise<ProcessFigures> {
    for (let i = 0; i < 2; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { heapUsed, external } = process.memoryUsage();
    const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    return { heapUsed, external, timers };
  },
};
