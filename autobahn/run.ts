/** `npm run autobahn`: runs the Autobahn|Testsuite and gates on its result. See options.ts. */
import { readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { endChildrenOnExit } from "./children.ts";
import { comparePeers } from "./compare/compare.ts";
import { preparePeers } from "./compare/prepare.ts";
import { type RoleReports, TableError, withTable } from "./docs-table.ts";
import { isFailure, judge, parseIndex, passed, ReportError } from "./gate.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { RunError, runRole } from "./role-run.ts";
import { describeThisRun, parseRecord, RECORD_FILE, type RunRecord } from "./run-record.ts";
import { explain, formatSummary, summarize } from "./summary.ts";
import { OWN_AGENT, ownTestee, type Role } from "./testee.ts";
import { findSuite, NoSuiteError, type Suite } from "./wstest.ts";

const DOCUMENT = fileURLToPath(new URL("../docs/autobahn.md", import.meta.url));

const OK = 0;
const GATE_FAILED = 1;
const NOT_RUN = 2;

/** Errors whose message says all; of others the stack is shown. */
const EXPECTED = [NoSuiteError, ReportError, RunError, TableError];

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      process.stdout.write(HELP);
      return OK;
    }
    return options.writeDocs ? await writeTable(options) : await runAll(options, args);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${HELP}`);
    } else if (EXPECTED.some((kind) => error instanceof kind)) {
      process.stderr.write(`${(error as Error).message}\n`);
    } else {
      console.error(error);
    }
    return NOT_RUN;
  }
}

function say(line: string): void {
  process.stderr.write(`autobahn: ${line}\n`);
}

async function runAll(options: Options, args: readonly string[]): Promise<number> {
  const suite = await findSuite(options.suite, say);
  say(`Autobahn|Testsuite ${suite.version}, ${suite.description}`);
  if (options.compare !== undefined) {
    preparePeers(say);
    return (await comparePeers({ ...options, ...options.compare }, suite, say)) ? OK : GATE_FAILED;
  }
  let result = OK;
  for (const role of options.roles) {
    if (!(await runAndJudge(role, suite, options, args))) result = GATE_FAILED;
  }
  console.log(result === OK ? "\nAll cases are as wanted." : "\nNot all cases are as wanted.");
  return result;
}

/** Whether the library passed in `role`. */
async function runAndJudge(
  role: Role,
  suite: Suite,
  options: Options,
  args: readonly string[],
): Promise<boolean> {
  const folder = reportFolder(options, role);
  const { cases, testees } = options;
  const begun = Date.now();
  // Before the run: in an hour the checkout may be another.
  const description = await describeThisRun(testees);
  try {
    await runRole({ role, suite, cases, folder, testee: ownTestee(role, testees), label: role });
  } catch (error) {
    // The suite cannot be blamed for a library that crashes or hangs under it.
    if (!(error instanceof RunError) || error.culprit !== "testee") throw error;
    console.log(`\nAs ${role}: ${error.message}\nNo reports were written.`);
    return false;
  }
  const record: RunRecord = {
    date: new Date(begun).toISOString(),
    ...description,
    suiteVersion: suite.version,
    suiteSource: suite.description,
    command: ["npm run autobahn", ...(args.length > 0 ? ["--", ...args.map(quote)] : [])].join(" "),
    seconds: (Date.now() - begun) / 1000,
    cases,
  };
  await writeFile(join(folder, RECORD_FILE), `${JSON.stringify(record, undefined, 2)}\n`);
  const { verdicts } = await readReports(options, role);
  const seconds = record.seconds.toFixed(0);
  console.log(`\n${record.testee} as ${role}, ${seconds} s, reports in ${shown(folder)}/\n`);
  console.log(formatSummary(summarize(verdicts)));
  for (const verdict of verdicts.filter(isFailure)) {
    console.log(`\n${await describeFailure(folder, verdict)}`);
  }
  return passed(verdicts);
}

async function describeFailure(
  folder: string,
  { id, entry }: RoleReports["verdicts"][number],
): Promise<string> {
  if (entry === undefined) return `${id}: missing, the case was not run`;
  const file = join(folder, entry.reportfile);
  const head = `${id}: ${entry.behavior}, closing ${entry.behaviorClose}; ${shown(file)}`;
  try {
    return `${head}\n${explain(JSON.parse(await readFile(file, "utf8")))}`;
  } catch (error) {
    return `${head}\n  ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function writeTable(options: Options): Promise<number> {
  const [server, client] = await Promise.all([
    readReports(options, "server"),
    readReports(options, "client"),
  ]);
  await writeFile(DOCUMENT, withTable(await readFile(DOCUMENT, "utf8"), server, client));
  say(`wrote the table in ${shown(DOCUMENT)}`);
  return OK;
}

async function readReports(options: Options, role: Role): Promise<RoleReports> {
  const folder = reportFolder(options, role);
  try {
    const record = parseRecord(await readFile(join(folder, RECORD_FILE), "utf8"));
    const entries = parseIndex(await readFile(join(folder, "index.json"), "utf8"), OWN_AGENT);
    return { record, verdicts: judge(entries, record.cases) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new ReportError(`there are no reports of a run as ${role} in ${folder}`);
    }
    throw error;
  }
}

function reportFolder(options: Options, role: Role): string {
  return resolve(options.out, role);
}

/** A path as short as it is clear: relative below the working directory. */
function shown(path: string): string {
  const short = relative(".", path);
  return short.startsWith("..") ? path : short;
}

/** As the shell needs it: patterns have a star. */
function quote(argument: string): string {
  return /^[\w./=,:-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

endChildrenOnExit();
process.exitCode = await main(process.argv.slice(2));
