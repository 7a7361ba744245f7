/** Measures what the documents show, and keeps it in `bench/results`: `npm run bench:record`. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./peers.ts";
import { defaultScenarios } from "./scenarios/all.ts";

const PEERS = "net,ws,barewire,uws,bun";

/** What a run without options measures, in two parts. */
const ORDINARY = "ping-pong,hello,chat,broadcast,groups,publish,handshake,short-lived,memory";
const THROUGHPUT = defaultScenarios
  .map(({ id }) => id)
  .filter((id) => !ORDINARY.split(",").some((name) => id === name || id.startsWith(`${name}-`)))
  .join(",");

const MAIN = ["--peers", PEERS, "--seconds", "0.4", "--targets"];

/** The runs, each of less than ten minutes but for growth and work. */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  ordinary: [...MAIN, "--scenario", ORDINARY],
  throughput: [...MAIN, "--scenario", THROUGHPUT],
  // Short messages once more, whose figures suffer most from what else the machine does.
  small: [...MAIN, "--scenario", "ping-pong,pipelined-64,memory"],
  latency: ["--scenario", "latency", "--peers", PEERS],
  workers: ["--scenario", "ping-pong-1000,pipelined-64-ascii,handshake", "--workers", "2"],
  growth: ["--scenario", "growth", "--peers", PEERS],
  subscriptions: ["--scenario", "subscriptions", "--peers", PEERS],
  fleet: ["--scenario", "fleet"],
  http2: ["--scenario", "http2", "--seconds", "1"],
  worked: ["--scenario", "worked", "--peers", PEERS],
};

const help = `npm run bench:record -- [--node 26] [run ...]

Measures what README.md and docs/performance.md show, and writes it to bench/results/. Then
\`npm run bench:publish\` writes the documents. Runs: ${Object.keys(RUNS).join(", ")}; all by default,
which takes nearly an hour.

  --node WHAT   Node for the measured processes: a version such as 26 (default 20)
  --help        print this
`;

function record(name: string, node: string): void {
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = join("bench", "results", `node-${node}-${name}.json`);
  const args = ["run", "--silent", "bench", "--", ...RUNS[name]!, "--node", node, "--json", file];
  const { status } = spawnSync("npm", args, { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed`);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: "string", default: "20" },
      help: { type: "boolean", default: false },
    },
  });
  for (const name of positionals) {
    if (!Object.hasOwn(RUNS, name)) throw new Error(`no run is called "${name}"\n${help}`);
  }
  if (values.help) console.log(help);
  else
    for (const name of positionals.length > 0 ? positionals : Object.keys(RUNS))
      record(name, values.node);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
