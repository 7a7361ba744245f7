/** `npm run fuzz`: the targets of the fuzzer, for as long as one likes. See options.ts. */
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { type FuzzTarget, fuzz } from "./target.ts";
import { targets } from "./targets/all.ts";

const OK = 0;
const FOUND = 1;
const USAGE = 2;

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      process.stdout.write(HELP);
      return OK;
    }
    if (options.list) {
      for (const { name, title } of targets) console.log(`${name.padEnd(16)} ${title}`);
      return OK;
    }
    return await fuzzAll(chosen(options.targets), options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return USAGE;
  }
}

function chosen(names: readonly string[]): readonly FuzzTarget[] {
  const unknown = names.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined) {
    throw new UsageError(`no target is called "${unknown}"; --list shows them`);
  }
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name));
}

async function fuzzAll(chosenTargets: readonly FuzzTarget[], options: Options): Promise<number> {
  let code = OK;
  // Errors are thrown by the million here, and their traces are most of what they cost.
  Error.stackTraceLimit = 0;
  for (const target of chosenTargets) {
    if (!(await fuzzOne(target, options))) code = FOUND;
  }
  return code;
}

async function fuzzOne(target: FuzzTarget, options: Options): Promise<boolean> {
  const { seed, inputs, seconds, log } = options;
  const begun = Date.now();
  let shown = begun;
  const onProgress = (done: number) => {
    if (!process.stderr.isTTY || Date.now() - shown < 500) return;
    shown = Date.now();
    process.stderr.write(`\r\x1b[2K${target.name}: ${done.toLocaleString("en-US")}`);
  };
  let line: string;
  let good = true;
  try {
    const until = begun + seconds * 1000;
    const { done, outcomes } = await fuzz(target, { seed, inputs, until, onProgress });
    const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([name, n]) => `${name} ${n}`);
    line = `${done} inputs, seeds ${seed} to ${seed + done - 1}: ${counts.join(", ")}`;
  } catch (error) {
    good = false;
    const [first, ...more] = String(error instanceof Error ? error.message : error).split("\n");
    line = `FAILED: ${first}`;
    console.log(more.join("\n"));
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
  const took = Math.round((Date.now() - begun) / 1000);
  console.log(`${target.name}: ${line} (${took} s)`);
  if (log !== undefined) {
    const when = new Date(begun).toISOString();
    appendFileSync(
      log,
      `${when}\t${commit()}\t${process.version}\t${target.name}\t${line}\t${took} s\n`,
    );
  }
  return good;
}

/** The commit that is checked out, "" outside of a checkout. */
function commit(): string {
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  return stdout?.trim() ?? "";
}

process.exitCode = await main(process.argv.slice(2));
