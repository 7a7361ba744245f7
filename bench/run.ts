/** The benchmark: `npm run bench`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LoadGenerator } from "./load-generator.ts";
import { measureScenario, type Run } from "./measure.ts";
import { help, type Options, parseOptions } from "./options.ts";
import { choosePeers, clients, runtimeBinary, servers } from "./peers.ts";
import {
  buildLibrary,
  cache,
  describeCommand,
  findNode,
  findNodeForUws,
  installPeers,
  makeCertificate,
} from "./prepare.ts";
import { chooseCores, unpinned } from "./processes.ts";
import { Progress } from "./progress.ts";
import { describe } from "./report/circumstances.ts";
import { renderPage } from "./report/page.ts";
import type { Results, ScenarioResult } from "./report/results.ts";
import { renderCircumstances, renderScenario, renderTargets } from "./report/table.ts";
import { judgeTargets } from "./report/targets.ts";
import { allScenarios, selectScenarios } from "./scenarios/all.ts";

const say = (text: string) => process.stderr.write(`${text}\n`);

function checkPeers(names: readonly string[]): void {
  const known = new Set([...servers, ...clients].map(({ id }) => id));
  for (const name of names) {
    if (known.has(name)) continue;
    throw new Error(`no peer is called "${name}"; there are: ${[...known].join(", ")}`);
  }
}

async function main(options: Options): Promise<void> {
  checkPeers(options.peers);
  const scenarios = selectScenarios(options.scenarios);
  installPeers(say);
  tryToBuild();
  const node = findNode(options.node, say);
  const nodeForUws = findNodeForUws(node, say);
  const cores = options.unpinned ? unpinned : chooseCores();
  const runtime = options.load ?? (runtimeBinary("bun") === undefined ? "node" : "bun");
  const load = new LoadGenerator(runtime, cores.load);
  const tls = makeCertificate();
  const progress = new Progress(scenarios.length);
  const found: ScenarioResult[] = [];
  try {
    await load.start();
    const run: Run = {
      load,
      cores,
      start: {
        node,
        nodeForUws,
        profiles: options.cpuProf ? join(cache, "profiles") : undefined,
      },
      tls,
      seconds: options.seconds,
      rounds: options.rounds,
      progress: (step) => progress.step(step),
    };
    for (const scenario of scenarios) {
      const result = await measureScenario(scenario, choosePeers(scenario, options.peers), run);
      found.push(result);
      progress.finishScenario(scenario.id);
      console.log(renderScenario(result));
    }
    const peers = [...servers, ...clients.filter(({ id }) => id === "undici")].filter(({ id }) =>
      found.some((result) => result.peers.some((each) => each.peer === id)),
    );
    const circumstances = describe(peers, {
      command: describeCommand(process.argv.slice(2), node),
      node,
      nodeForUws,
      cores,
      load: load.transport,
      seconds: options.seconds,
      rounds: options.rounds,
      took: progress.seconds,
    });
    report({ circumstances, scenarios: found }, options);
  } finally {
    await load.stop();
    rmSync(dirname(tls.key), { recursive: true, force: true });
  }
}

// The other peers can be measured without the library.
function tryToBuild(): void {
  try {
    buildLibrary(say);
  } catch (error) {
    say(
      `${error instanceof Error ? error.message : error}\nmeasuring what was built before, if any`,
    );
  }
}

function report(results: Results, options: Options): void {
  if (options.targets) console.log(renderTargets(judgeTargets(results)));
  console.log(`\n${renderCircumstances(results.circumstances)}`);
  if (options.json !== undefined) {
    write(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  }
  if (options.html !== undefined) write(options.html, renderPage(results));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  say(`wrote ${file}`);
}

function list(): void {
  console.log("Scenarios:");
  const width = Math.max(...allScenarios.map(({ id }) => id.length));
  for (const { id, title } of allScenarios) console.log(`  ${id.padEnd(width)} ${title}`);
  console.log(`Servers: ${servers.map(({ id }) => id).join(", ")}`);
  console.log(`Clients: ${clients.map(({ id }) => id).join(", ")}`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(help);
  else if (options.list) list();
  else await main(options);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
