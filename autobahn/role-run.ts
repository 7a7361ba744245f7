/** One run of the suite against one role: starts both sides, waits, leaves the reports. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, createWriteStream, openSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { end } from "./children.ts";
import { type Watch, watch } from "./progress.ts";
import type { Role } from "./testee.ts";
import { type Testee, testeeEnd, urlOf } from "./testee.ts";
import type { Suite } from "./wstest.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** What to run. */
export interface RoleRun {
  readonly role: Role;
  readonly suite: Suite;
  readonly cases: readonly string[];
  /** Folder of the reports, which is made; reports of an earlier run in it are removed. */
  readonly folder: string;
  readonly testee: Testee;
  /** What the progress lines begin with. */
  readonly label: string;
}

/** A run that ended before the suite could write its reports. */
export class RunError extends Error {
  override readonly name = "RunError";
  /** Who is to blame: the library under test, or what should have tested it. */
  readonly culprit: "testee" | "suite";

  constructor(culprit: "testee" | "suite", message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.culprit = culprit;
  }
}

/** Runs the cases; the suite's reports are in the folder when it resolves. Rejects {@link RunError}. */
export async function runRole(run: RoleRun): Promise<void> {
  await mkdir(run.folder, { recursive: true });
  await removeReports(run);
  await (run.role === "server" ? testServer(run) : testClient(run));
  const files = await readdir(run.folder);
  if (!files.includes("index.json")) {
    throw new RunError("suite", `the suite wrote no index.json; see ${logFile(run)}`);
  }
}

/** Removes what the suite wrote earlier, and nothing else: the folder may be somebody's own. */
async function removeReports({ folder, testee }: RoleRun): Promise<void> {
  // As the suite makes names of files.
  const name = testee.agent.replaceAll(/[^a-z0-9]/g, "_");
  const own = new RegExp(`^(index\\.(json|html)|run\\.json|${name}_case_.*\\.(json|html))$`);
  const old = (await readdir(folder)).filter((name) => own.test(name));
  await Promise.all(old.map((name) => rm(join(folder, name))));
}

async function testServer(run: RoleRun): Promise<void> {
  const testee = startTestee(run, []);
  try {
    const url = await urlOf(testee).catch((cause) => {
      throw new RunError("testee", (cause as Error).message, { cause });
    });
    await writeSpecification(run, "fuzzingclient.json", {
      servers: [
        { agent: run.testee.agent, url: `ws://${run.suite.loopback}:${new URL(url).port}` },
      ],
    });
    const { child, progress } = startSuite(run, ["--mode", "fuzzingclient"]);
    try {
      await Promise.race([
        // It exits with 0 whatever happened to it; what counts are the reports.
        suiteEnd(child),
        testeeEnd(testee).then((how) => blameTestee(how, progress)),
        stall(progress),
      ]);
    } finally {
      progress.stop();
      await end(child);
    }
  } finally {
    await end(testee);
  }
}

async function testClient(run: RoleRun): Promise<void> {
  const port = await freePort();
  const url = `ws://127.0.0.1:${port}`;
  await writeSpecification(run, "fuzzingserver.json", { url });
  const { child, progress } = startSuite(run, ["--mode", "fuzzingserver", "--webport", "0"], port);
  try {
    const testee = startTestee(run, [url, run.testee.agent]);
    testee.stdout?.resume();
    try {
      await Promise.race([
        testeeEnd(testee).then((how) => {
          if (how !== "0") blameTestee(how, progress);
        }),
        suiteEnd(child).then((how) => {
          throw new RunError("suite", `the suite ended early (${how}); see ${logFile(run)}`);
        }),
        stall(progress),
      ]);
    } finally {
      await end(testee);
    }
  } finally {
    progress.stop();
    await end(child);
  }
}

/** The template of that name with the run's cases and `values`, as spec.json in the run's folder. */
async function writeSpecification(run: RoleRun, template: string, values: object): Promise<void> {
  const base: unknown = JSON.parse(await readFile(join(HERE, template), "utf8"));
  const specification = { ...(base as object), ...values, cases: run.cases };
  await writeFile(
    join(run.folder, "spec.json"),
    `${JSON.stringify(specification, undefined, 2)}\n`,
  );
}

function startSuite(
  run: RoleRun,
  args: readonly string[],
  port?: number,
): { child: ChildProcess; progress: Watch } {
  const child = run.suite.start([...args, "--spec", "spec.json"], run.folder, port);
  const log = createWriteStream(logFile(run));
  child.stdout!.pipe(log, { end: false });
  child.stderr!.pipe(log, { end: false });
  child.once("close", () => log.end());
  const progress = watch(child.stdout!, {
    label: run.label,
    total: run.cases.length,
    terminal: process.stderr,
  });
  return { child, progress };
}

function logFile(run: RoleRun): string {
  return join(run.folder, "wstest.log");
}

/** Starts the testee; what it says on stderr is appended to testee.log beside the reports. */
export function startTestee(
  { testee, folder }: Pick<RoleRun, "testee" | "folder">,
  args: readonly string[],
): ChildProcess {
  const log = openSync(join(folder, "testee.log"), "a");
  try {
    return testee.start(args, log);
  } finally {
    closeSync(log);
  }
}

async function suiteEnd(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, "exit");
    return String(signal ?? code);
  } catch (error) {
    throw new RunError("suite", `the suite could not be started: ${error}`, { cause: error });
  }
}

function blameTestee(how: string, progress: Watch): never {
  const id = progress.current();
  const when = id === "" ? "before the first case" : `in case ${id}`;
  throw new RunError("testee", `the testee ended (${how}) ${when}; see testee.log`);
}

async function stall(progress: Watch): Promise<never> {
  try {
    return await progress.stalled;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RunError(progress.current() === "" ? "suite" : "testee", message);
  }
}

/** A port that was free a moment ago: the suite takes no 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}
