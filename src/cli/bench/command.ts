/** `barewire bench`: a load generator for any server that echoes. */

import { ArgumentError, type Connection } from "../../index.ts";
import { EXIT, UsageError } from "../command-line.ts";
import { maskSecrets } from "../dialing/secrets.ts";
import { isLocal } from "../dialing/url.ts";
import { escapeControls } from "../terminal/hex-dump.ts";
import { BENCH_HELP } from "./help.ts";
import { Load, LoadError } from "./load.ts";
import { openConnections } from "./opening.ts";
import { parseBenchOptions } from "./options.ts";
import type { LoadPlan } from "./plan.ts";
import { isComplete, type LoadReport, planText, reportJson, reportText } from "./report.ts";

/**
 * Runs the command until the load is over.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function benchCommand(args: readonly string[]): Promise<number> {
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
  let any: Connection | undefined;
  const load = new Load(plan);
  const { handler } = load;
  const open = (ws: Connection): void => {
    any ??= ws;
    handler.open?.(ws);
  };
  try {
    const opened = openConnections(plan, { ...handler, open }, signal);
    const opening = await Promise.race([opened, load.failure]);
    if (!isLocal(plan.dialing.url)) {
      tell(plan, "barewire bench: load only servers of yours, or whose owner has agreed");
    }
    const { extensions = "", tls } = any ?? {};
    const version = tls?.version ?? undefined;
    const outcome = await load.run(signal);
    return { plan, opening, outcome, extensions, tls: version };
  } finally {
    await load.end();
  }
}

function tell({ dialing }: LoadPlan, text: string): void {
  process.stderr.write(`${escapeControls(maskSecrets(text, dialing.secrets))}\n`);
}
