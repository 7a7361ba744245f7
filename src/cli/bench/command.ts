/** `barewire bench`: a load generator for any server that echoes. */

import { ArgumentError } from "../../index.ts";
import { EXIT, UsageError } from "../command-line.ts";
import { maskSecrets } from "../dialing/secrets.ts";
import { isLocal } from "../dialing/url.ts";
import { escapeControls } from "../terminal/hex-dump.ts";
import { BENCH_HELP } from "./help.ts";
import { Load, LoadError } from "./load.ts";
import { openConnections } from "./opening.ts";
import { parseBenchOptions } from "./options.ts";
import type { LoadPlan } from "./plan.ts";
import { Processes } from "./processes.ts";
import { isComplete, type LoadReport, planText, reportJson, reportText } from "./report.ts";
import { runShare, SHARE_MARK } from "./share.ts";

/**
 * Runs the command until the load is over.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function benchCommand(args: readonly string[]): Promise<number> {
  if (process.env[SHARE_MARK] !== undefined && process.send !== undefined) return await runShare();
  const plan = await parseBenchOptions(args);
  if (plan === "help") {
    process.stdout.write(BENCH_HELP);
    return EXIT.ok;
  }
  const interrupted = new AbortController();
  const interrupt = (): void => {
    // The second time somebody does not want to wait.
    if (interrupted.signal.aborted) process.exit(EXIT.failure);
    interrupted.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const report = await measure(plan, interrupted.signal);
    process.stdout.write(plan.json ? reportJson(report) : reportText(report));
    return isComplete(report.outcome) ? EXIT.ok : EXIT.failure;
  } catch (error) {
    if (error instanceof ArgumentError) {
      throw new UsageError(maskSecrets(error.message, plan.dialing.secrets), { cause: error });
    }
    if (error instanceof LoadError) tell(plan, `barewire bench: ${error.message}`);
    else if (interrupted.signal.aborted) tell(plan, "barewire bench: interrupted while connecting");
    else throw error;
    return EXIT.failure;
  }
}

async function measure(plan: LoadPlan, signal: AbortSignal): Promise<LoadReport> {
  if (!plan.json) process.stdout.write(`${planText(plan)}\n`);
  const load = plan.processes > 1 ? new Processes(plan, signal) : single(plan, signal);
  try {
    const opening = await load.open();
    if (!isLocal(plan.dialing.url)) {
      tell(plan, "barewire bench: load only servers of yours, or whose owner has agreed");
    }
    return { plan, opening, outcome: await load.run() };
  } finally {
    await load.end();
  }
}

/** The load in this process alone. */
function single(plan: LoadPlan, signal: AbortSignal) {
  const load = new Load(plan);
  return {
    open: () => Promise.race([openConnections(plan, load.handler, signal), load.failure]),
    run: () => load.run(signal),
    end: () => load.end(),
  };
}

function tell({ dialing }: LoadPlan, text: string): void {
  process.stderr.write(`${escapeControls(maskSecrets(text, dialing.secrets))}\n`);
}
