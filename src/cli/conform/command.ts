/** `barewire conform`: the conformance suite on the command line. */

import { version } from "../version.ts";
import { conformDiff } from "./diff.ts";
import { CONFORM_HELP } from "./help.ts";
import { listCases } from "./list.ts";
import { type ConformPlan, parseConformArguments } from "./options.ts";
import { testClients, testServers } from "./run.ts";

/** Exit code for a wrong command line or a testee that cannot be reached. */
const CANNOT_RUN = 2;

/**
 * Runs the command with the arguments that follow `conform`. Resolves with the exit code: 0 when
 * nothing failed, 1 when something did, 2 when nothing could be tested or no report be written.
 */
export async function runConform(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === "diff" && !asksForHelp(argv)) return await conformDiff(argv.slice(1));
    const plan = await parseConformArguments(argv);
    if (plan === "help" || plan === "version") {
      process.stdout.write(plan === "help" ? CONFORM_HELP : `barewire-conform ${version()}\n`);
      return 0;
    }
    if ("list" in plan) return listCases(plan);
    for (const name of plan.ignored)
      process.stderr.write(`the specification's ${name} is ignored\n`);
    return await run(plan);
  } catch (error) {
    process.stderr.write(`barewire conform: ${(error as Error).message}\n`);
    return CANNOT_RUN;
  }
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes("--help") || argv.includes("-h");
}

function run(plan: ConformPlan): Promise<number> {
  return plan.listen === undefined ? testServers(plan) : testClients(plan, plan.listen);
}
