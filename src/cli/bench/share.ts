/** A process that has its part of a load, and the words between it and the one that shares it out. */

import type { Histogram, HistogramData } from "./histogram.ts";
import { Load, LoadError, type LoadOutcome } from "./load.ts";
import { type OpeningOutcome, openConnections } from "./opening.ts";
import type { LoadPlan } from "./plan.ts";

/** Set in the environment of such a process. */
export const SHARE_MARK = "BAREWIRE_BENCH_SHARE";

/** An outcome on its way between processes. */
type Sent<T> = { readonly [K in keyof T]: T[K] extends Histogram ? HistogramData : T[K] };

/** What the process is told. */
export type Order =
  | { readonly does: "open"; readonly plan: LoadPlan }
  | { readonly does: "run" }
  | { readonly does: "stop" };

/** What it tells. */
export type Answer =
  | { readonly did: "open"; readonly opening: Sent<OpeningOutcome> }
  | { readonly did: "run"; readonly outcome: Sent<LoadOutcome> }
  | { readonly did: "fail"; readonly reason: string };

/** Runs as such a process, until the other one has ended or is content. @returns the exit code */
export async function runShare(): Promise<number> {
  const stopped = new AbortController();
  // Ctrl-C reaches every process of the terminal; the one that shares the load out says what to do.
  process.on("SIGINT", () => {});
  const onOrphaned = (): void => process.exit(1);
  process.on("disconnect", onOrphaned);
  let run: (order: Order) => void = () => {};
  const mayRun = new Promise<void>((resolve) => {
    run = () => resolve();
  });
  const plan = await new Promise<LoadPlan>((resolve) => {
    process.on("message", (order: Order) => {
      if (order.does === "open") resolve(order.plan);
      else if (order.does === "run") run(order);
      else stopped.abort();
    });
  });
  const load = new Load(plan);
  try {
    const opened = openConnections(plan, load.handler, stopped.signal);
    const opening = await Promise.race([opened, load.failure]);
    say({ did: "open", opening: { ...opening, times: opening.times.data } });
    await Promise.race([mayRun, load.failure]);
    const outcome = await load.run(stopped.signal);
    const { latency, lateness } = outcome;
    say({ did: "run", outcome: { ...outcome, latency: latency.data, lateness: lateness.data } });
  } catch (error) {
    if (!(error instanceof LoadError) && !stopped.signal.aborted) throw error;
    say({ did: "fail", reason: error instanceof Error ? error.message : String(error) });
  } finally {
    await load.end();
  }
  process.off("disconnect", onOrphaned);
  process.disconnect();
  return 0;
}

function say(answer: Answer): void {
  process.send?.(answer);
}
