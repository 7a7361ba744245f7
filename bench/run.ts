/** The benchmark: `npm run bench`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chooseCores, unpinned } from "./measuring/cores.ts";
import type { Load } from "./measuring/load.ts";
import { LoadGenerator } from "./measuring/load-generator.ts";
import { LoadGroup } from "./measuring/load-group.ts";
import { measureScenario } from "./measuring/measure.ts";
import type { Run } from "./measuring/run-settings.ts";
import { help, type Options, parseOptions } from "./options.ts";
import { built, cache, choosePeers, clients, type Peer, runtimeBinary, servers } from "./peers.ts";
import {
  buildBefore,
  buildLibrary,
  describeCommand,
  findNode,
  findNodeForUws,
  installPeers,
  makeCertificate,
} from "./prepare.ts";
import { Progress } from "./progress.ts";
import { describe } from "./report/circumstances.ts";
import { renderPage } from "./report/page.ts";
import type { Results, ScenarioResult } from "./report/results.ts";
import {
  describeTarget,
  renderCircumstances,
  renderScenario,
  renderTargets,
} from "./report/table.ts";
import { judgeTargets, targets } from "./report/targets.ts";
import { allScenarios, selectScenarios } from "./scenarios/all.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { isForWorkers, withBefore, withWorkers } from "./twins.ts";

const say = (text: string) => process.stderr.write(`${text}\n`);

function checkPeers(names: readonly string[]): void {
  const known = new Set([...servers, ...clients].map(({ id }) => id));
  for (const name of names) {
    if (known.has(name)) continue;
    throw new Error(`no peer is called "${name}"; there are: ${[...known].join(", ")}`);
  }
}

/** The scenarios of a run. With several workers those that they can do. */
function chooseScenarios({ scenarios, workers }: Options): readonly Scenario[] {
  const selected = selectScenarios(scenarios);
  if (workers === 1) return selected;
  const able = selected.filter(isForWorkers);
  if (able.length > 0) return able;
  throw new Error("--workers: none of these scenarios can be shared by several processes");
}

function makeLoad({ load, workers, unpinned: free }: Options): {
  readonly load: Load;
  readonly cores: Run["cores"];
} {
  const cores = free ? unpinned : chooseCores(workers);
  const runtime = load ?? (runtimeBinary("bun") === undefined ? "node" : "bun");
  return {
    cores,
    load:
      workers === 1
        ? new LoadGenerator(runtime, cores.load)
        : new LoadGroup(runtime, cores.load, workers),
  };
}

async function main(options: Options): Promise<void> {
  checkPeers(options.peers);
  const scenarios = chooseScenarios(options);
  installPeers(say);
  tryToBuild();
  const before = options.before === undefined ? undefined : buildBefore(options.before, say);
  const node = findNode(options.node, say);
  const withUws = options.peers.length === 0 || options.peers.includes("uws");
  const nodeForUws = withUws ? findNodeForUws(node, say) : node;
  const { load, cores } = makeLoad(options);
  const tls = makeCertificate();
  const progress = new Progress(scenarios.length);
  const found: ScenarioResult[] = [];
  const measured = new Map<string, Peer>();
  try {
    await load.start();
    const profiles = options.cpuProf ? join(cache, "profiles") : undefined;
    const run: Run = {
      load,
      cores,
      start: { node, nodeForUws, profiles },
      tls,
      seconds: options.seconds,
      rounds: options.rounds,
      progress: (step) => progress.step(step),
    };
    for (const scenario of scenarios) {
      const chosen = choosePeers(scenario, options.peers);
      const peers = withWorkers(withBefore(chosen, before), options.workers);
      for (const peer of chosen) measured.set(peer.id, peer);
      const result = await measureScenario(scenario, peers, run);
      found.push(result);
      progress.finishScenario(scenario.id);
      console.log(renderScenario(result));
    }
    const circumstances = describe([...measured.values()], {
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
    buildLibrary(built, say);
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
    // A line for each scenario: these files are kept, and differences of them read.
    const { circumstances, scenarios } = results;
    const lines = scenarios.map((scenario) => JSON.stringify(scenario));
    const head = JSON.stringify(circumstances);
    write(options.json, `{"circumstances":${head},"scenarios":[\n${lines.join(",\n")}\n]}\n`);
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
  console.log("Targets:");
  for (const target of targets) console.log(`  ${describeTarget(target)}`);
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
