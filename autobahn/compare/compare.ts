/** `npm run autobahn -- --compare`: both suites against the same peers. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ComparePlan, Options } from "../options.ts";
import type { Role } from "../testee.ts";
import type { Suite } from "../wstest.ts";
import { judgeDifference } from "./known.ts";
import { type ComparedPeer, describePeer, isInstalled, PEER_LIST } from "./peers.ts";
import { readAutobahn, runAutobahn, runConform, type SuiteRun } from "./suites.ts";
import { allKnown, type Compared, comparisonTable, differenceLines, LEGEND } from "./table.ts";
import { agreeAtTimes, type Difference, differences, withRun } from "./verdicts.ts";

/** A command line with `--compare`. */
export type CompareOptions = ComparePlan & Pick<Options, "roles" | "cases" | "out">;

/** Compares the peers of `options`, prints what differs, and resolves with whether all is known. */
export async function comparePeers(
  options: CompareOptions,
  suite: Suite,
  say: (line: string) => void,
): Promise<boolean> {
  const { rows, failures } = await compareAll(options, suite, say);
  for (const line of differenceLines(rows)) console.log(line);
  console.log(`\n${comparisonTable(rows)}\n\n${LEGEND}`);
  for (const failure of failures) console.log(`\nnot compared: ${failure}`);
  return failures.length === 0 && allKnown(rows);
}

/** The rows of the table in its order, and what could not be compared. */
async function compareAll(
  options: CompareOptions,
  suite: Suite,
  say: (line: string) => void,
): Promise<{ rows: Compared[]; failures: string[] }> {
  const peers = PEER_LIST.filter(({ name }) => options.peers.includes(name));
  const pairs = peers.flatMap((peer) => options.roles.map((role) => ({ peer, role })));
  const done = new Map<number, Compared>();
  const rows = () => [...done].sort(([a], [b]) => a - b).map(([, row]) => row);
  const failures: string[] = [];
  const waiting = [...pairs.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, { peer, role }] = next;
      try {
        done.set(place, await compareOne(peer, role, options, suite, say));
        // At once: a run of hours may be broken off.
        await writeComparison(resolve(options.out), rows());
      } catch (error) {
        failures.push(`${peer.name} as ${role}: ${(error as Error).message}`);
        say(failures.at(-1)!);
      }
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  return { rows: rows(), failures };
}

async function compareOne(
  peer: ComparedPeer,
  role: Role,
  options: CompareOptions,
  suite: Suite,
  say: (line: string) => void,
): Promise<Compared> {
  const folder = join(resolve(options.out), peer.name.replaceAll(/[^a-z0-9-]/g, "-"), role);
  if (!isInstalled(peer)) {
    throw new Error(`there is no package ${peer.packageName} for ${process.platform}`);
  }
  const testee = await peer.testee(role);
  const { cases, full } = options;
  const run = (name: string, ids: readonly string[]): SuiteRun => {
    const label = `${peer.name} as ${role}`;
    return { testee, role, cases: ids, full, label, folder: join(folder, name) };
  };
  const autobahn = await timed(() => firstAutobahn(run("autobahn", cases), suite, options.reuse));
  const conform = await timed(() => runConform(run("conform", cases)));
  let found = differences(autobahn.value, conform.value, cases);
  say(`${peer.name} as ${role}: ${cases.length} cases, ${found.length} different at first`);
  for (let i = 1; i <= options.repeat && !found.every(agreeAtTimes); i++) {
    found = await runAgain(found, (name, ids) => run(`${name}-again-${i}`, ids), suite);
  }
  return {
    peer: describePeer(peer),
    role,
    cases,
    differences: found.map((difference) => ({
      ...difference,
      judgement: judgeDifference(difference, peer.name),
    })),
    seconds: { autobahn: autobahn.seconds, conform: conform.seconds },
  };
}

/** Reports of an earlier run count if they have all cases. */
async function firstAutobahn(run: SuiteRun, suite: Suite, reuse: boolean) {
  if (reuse && existsSync(join(run.folder, "index.json"))) {
    const verdicts = await readAutobahn(run);
    if (run.cases.every((id) => verdicts.has(id))) return verdicts;
  }
  return runAutobahn(suite, run);
}

/** Runs the cases that differ once more in each suite. */
async function runAgain(
  found: readonly Difference[],
  run: (name: string, ids: readonly string[]) => SuiteRun,
  suite: Suite,
): Promise<Difference[]> {
  const ids = found.filter((one) => !agreeAtTimes(one)).map(({ id }) => id);
  const autobahn = await runAutobahn(suite, run("autobahn", ids));
  const conform = await runConform(run("conform", ids));
  return found.map((one) => (ids.includes(one.id) ? withRun(one, autobahn, conform) : one));
}

async function timed<T>(act: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const begun = performance.now();
  const value = await act();
  return { value, seconds: (performance.now() - begun) / 1000 };
}

/** The rows as JSON, for whoever wants to look again. */
async function writeComparison(folder: string, rows: readonly Compared[]): Promise<void> {
  const plain = rows.map((row) => ({
    ...row,
    differences: row.differences.map((one) => ({
      ...one,
      autobahn: [...one.autobahn],
      conform: [...one.conform],
    })),
  }));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "compare.json"), `${JSON.stringify(plain, undefined, 2)}\n`);
}
