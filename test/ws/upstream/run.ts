/**
 * `npm run ws:tests -- DIR`: runs the tests of the package `ws`, of which DIR is a checkout, with barewire under
 * them: the files as they are, but for the modules that they load, and a process for each test. What is expected to
 * fail, and why, is in `expected.json`.
 *
 * Options: `--all` runs the tests of the inner classes, too, which are not expected to pass; `--only TEXT` runs those
 * whose title has the text in it, and prints their errors.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";

/** What is counted. */
const COUNTED = ["websocket", "websocket-server", "create-websocket-stream", "receiver"];
const INNER = ["event-target", "extension", "permessage-deflate", "sender", "subprotocol"];

/** How many of the counted tests have to pass at least. */
const LEAST = 300;

interface Test {
  readonly file: string;
  readonly number: number;
  readonly title: string;
}

interface Outcome {
  readonly state: "passed" | "failed" | "skipped" | "missing";
  readonly message?: string;
}

/** Titles of the tests that fail, with the reason, by file. */
type Expected = Readonly<Record<string, Readonly<Record<string, string>>>>;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { all: { type: "boolean", default: false }, only: { type: "string" } },
});
const [folder] = positionals;
if (folder === undefined || !existsSync(join(folder, "test", "websocket.test.js"))) {
  console.error(
    "usage: npm run ws:tests -- DIR, where DIR is a checkout of github.com/websockets/ws",
  );
  process.exit(2);
}

const expected: Expected = JSON.parse(
  readFileSync(new URL("expected.json", import.meta.url), "utf8"),
);
const scratch = mkdtempSync(join(tmpdir(), "barewire-ws-"));
const bundle = join(scratch, "face.cjs");
await build({
  entryPoints: [new URL("face.ts", import.meta.url).pathname],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "cjs",
  logLevel: "warning",
});

const files = values.all ? [...COUNTED, ...INNER] : COUNTED;
const found = (await Promise.all(files.map(listTests))).flat();
const tests = found.filter(({ title }) => title.includes(values.only ?? ""));
const outcomes = await runAll(tests);
rmSync(scratch, { recursive: true });
process.exitCode = report(tests, outcomes);

function child(...args: readonly string[]): Promise<string> {
  const program = new URL("child.cjs", import.meta.url).pathname;
  return new Promise((settle) => {
    const options = { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      settle(stdout || JSON.stringify({ state: "failed", message: stderr || String(error) }));
    });
  });
}

async function listTests(file: string): Promise<Test[]> {
  const path = resolve(folder!, "test", `${file}.test.js`);
  const listed: unknown = JSON.parse(await child(path, bundle));
  if (!Array.isArray(listed)) throw new Error(`${path}: ${JSON.stringify(listed)}`);
  return listed.map((title, number) => ({ file, number, title: String(title) }));
}

async function runOne({ file, number }: Test): Promise<Outcome> {
  const path = resolve(folder!, "test", `${file}.test.js`);
  const printed = await child(path, bundle, String(number));
  try {
    return JSON.parse(printed) as Outcome;
  } catch {
    return { state: "failed", message: printed };
  }
}

/** As many at a time as there are processors. */
async function runAll(all: readonly Test[]): Promise<Outcome[]> {
  const results: Outcome[] = [];
  let next = 0;
  const worker = async () => {
    while (next < all.length) {
      const index = next++;
      // One of them listens on a port that it has chosen itself, so each may need a second try.
      let outcome = await runOne(all[index]!);
      if (outcome.state === "failed" && !isExpected(all[index]!))
        outcome = await runOne(all[index]!);
      results[index] = outcome;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

function isExpected({ file, title }: Test): boolean {
  return expected[file]?.[title] !== undefined;
}

function report(all: readonly Test[], results: readonly Outcome[]): number {
  let wrong = 0;
  for (const file of files) {
    const own = all.filter((test) => test.file === file);
    const passed = own.filter((test) => results[all.indexOf(test)]!.state === "passed");
    console.log(`${file}: ${passed.length} of ${own.length} pass`);
    for (const test of own) {
      const { state, message = "" } = results[all.indexOf(test)]!;
      if ((state === "passed") !== isExpected(test) && values.only === undefined) continue;
      const [line = ""] = message.split("\n");
      console.log(
        `  ${state}${isExpected(test) ? ", though expected to fail" : ""}: ${test.title}`,
      );
      if (line !== "") console.log(`    ${values.only === undefined ? line : message}`);
      if (COUNTED.includes(file)) wrong++;
    }
  }
  const counted = all.filter(({ file }) => COUNTED.includes(file));
  const count = counted.filter((test) => results[all.indexOf(test)]!.state === "passed").length;
  console.log(`${count} of ${counted.length} pass; ${LEAST} have to`);
  return values.only === undefined && (wrong > 0 || count < LEAST) ? 1 : 0;
}
