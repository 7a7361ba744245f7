/** `npm run conform:gate`: what `barewire conform` finds in peers, against what is known. */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { select } from "../../src/conformance/selection.ts";
import { endChildrenOnExit } from "../children.ts";
import { describePeer, isInstalled, PEER_LIST } from "../compare/peers.ts";
import { preparePeers } from "../compare/prepare.ts";
import { runConform } from "../compare/suites.ts";
import { UsageError } from "../options.ts";
import { type GateResult, judgeRun, readExpectations } from "./expectations.ts";
import { GATE_HELP, type GatePlan, parseGateOptions } from "./options.ts";

/** What `.ci/run` counts, beside the reports of each peer. */
const COUNTS_FILE = "counts.json";

async function main(args: readonly string[]): Promise<number> {
  let plan: GatePlan | "help";
  try {
    plan = parseGateOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${GATE_HELP}`);
    return 2;
  }
  if (plan === "help") {
    process.stdout.write(GATE_HELP);
    return 0;
  }
  const counts = [];
  const folder = resolve(plan.out);
  await rm(join(folder, COUNTS_FILE), { force: true });
  for (const run of plan.runs) {
    const { passed, worse } = await gate(plan, run);
    counts.push({ ...run, passed, failed: worse.length });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, COUNTS_FILE), `${JSON.stringify(counts, undefined, 2)}\n`);
  }
  return counts.every(({ failed }) => failed === 0) ? 0 : 1;
}

async function gate(plan: GatePlan, { peer: name, role }: GatePlan["runs"][number]) {
  const peer = PEER_LIST.find((one) => one.name === name)!;
  if (!isInstalled(peer)) preparePeers((line) => process.stderr.write(`${line}\n`));
  const cases = select({ cases: plan.cases }, role).map(({ id }) => id);
  const folder = join(resolve(plan.out), `${name.replaceAll(":", "-")}-${role}`);
  const begun = performance.now();
  const run = { testee: await peer.testee(role), role, label: name, full: plan.full };
  const verdicts = await runConform({ ...run, cases, folder });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const expectations = await expectationsOf(name, role);
  const { worse } = judgeRun(verdicts, cases, expectations);
  // A busy machine lets waits of a second run out: what is wrong is wrong again.
  const again = worse.map(({ id }) => id);
  const second =
    again.length === 0
      ? new Map<string, string>()
      : await runConform({ ...run, cases: again, folder: `${folder}-again` });
  for (const { id, verdict } of worse) console.log(`  ${id}: ${verdict} at first, run again`);
  const result = judgeRun(new Map([...verdicts, ...second]), cases, expectations);
  console.log(`${describePeer(peer)} as ${role}: ${cases.length} cases, ${seconds} s, reports in`);
  console.log(`  ${folder}: ${result.worse.length} not as expected`);
  tell(result);
  return result;
}

async function expectationsOf(name: string, role: string) {
  const file = new URL(`expected/${name}.json`, import.meta.url);
  return existsSync(file) ? ((await readExpectations(file))[role] ?? []) : [];
}

function tell({ worse, better }: GateResult): void {
  for (const { id, verdict, expected } of worse) {
    console.log(`  ${id}: ${verdict}, expected ${expected}`);
  }
  for (const { id, verdict, expected } of better) {
    console.log(`  ${id}: ${verdict}, better than the ${expected} that was expected`);
  }
}

endChildrenOnExit();
process.exitCode = await main(process.argv.slice(2));
