/** `npm run attack`: attacks the library and judges what that cost it. See options.ts. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Progress } from "../../bench/progress.ts";
import { type Attempt, attempt, type Run } from "./attempt.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { ProbeProcess } from "./probe-process.ts";
import { failures, isLateOnly, type Result, renderResult, toJson } from "./report.ts";
import type { Library, Scenario } from "./scenario.ts";
import { allScenarios, selectScenarios } from "./scenarios/all.ts";

const OK = 0;
const NOT_HELD = 1;
const NOT_RUN = 2;
const MOST_TRIES = 3;

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      process.stdout.write(HELP);
      return OK;
    }
    if (options.list) {
      process.stdout.write(list());
      return OK;
    }
    if (!existsSync("/proc/self/clear_refs")) {
      throw new UsageError("the attacks read /proc of Linux, which is not here");
    }
    return await attackAll(selectScenarios(options.scenarios, options.fast), options);
  } catch (error) {
    const known = error instanceof UsageError;
    process.stderr.write(
      `${known ? error.message : error instanceof Error ? error.stack : error}\n`,
    );
    return NOT_RUN;
  }
}

async function attackAll(scenarios: readonly Scenario[], options: Options): Promise<number> {
  const { clock } = options;
  const probe = new ProbeProcess();
  const run: Run = { probe, fast: options.fast };
  const progress = new Progress(scenarios.length);
  const results: Result[] = [];
  try {
    for (const scenario of scenarios) {
      const attempts: Attempt[] = [];
      for (const library of options.libraries) {
        if (library === "ws" && !scenario.ws) continue;
        progress.step(`${scenario.id}: ${library}`);
        attempts.push(await attackWithPatience(scenario, library, run, clock));
      }
      const result = { scenario, attempts };
      results.push(result);
      progress.finishScenario(scenario.id);
      console.log(renderResult(result, clock));
    }
  } finally {
    await probe.stop();
  }
  if (options.json !== undefined) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(toJson(results, clock), undefined, 2)}\n`);
  }
  return summarize(results, clock, progress.seconds);
}

/**
 * Attacks, once more where nothing but the clock speaks against barewire: whatever else the machine did meanwhile
 * can only have made that longer, while what the library does is there each time.
 */
async function attackWithPatience(
  scenario: Scenario,
  library: Library,
  run: Run,
  clock: boolean,
): Promise<Attempt> {
  let tries = 1;
  for (;;) {
    const found = { ...(await attempt(scenario, library, run)), tries };
    if (library === "ws" || !clock || tries === MOST_TRIES || !isLateOnly(found)) return found;
    tries++;
  }
}

function summarize(results: readonly Result[], clock: boolean, seconds: number): number {
  const failed = results.filter((result) => failures(result, clock).length > 0);
  const held = results.length - failed.length;
  console.log(`\n${held} of ${results.length} attacks held off, ${seconds.toFixed(0)} s`);
  for (const result of failed) {
    for (const failure of failures(result, clock)) {
      console.log(`  ${result.scenario.id}: ${failure}`);
    }
  }
  return failed.length === 0 ? OK : NOT_HELD;
}

function list(): string {
  const width = Math.max(...allScenarios.map(({ id }) => id.length));
  const lines = allScenarios.map(
    ({ id, title, fast }) => `${fast ? "*" : " "} ${id.padEnd(width)} ${title}\n`,
  );
  return `${lines.join("")}* part of --fast\n`;
}

process.exitCode = await main(process.argv.slice(2));
