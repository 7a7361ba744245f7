/** The gates that do not depend on the clock: `npm run bench:gates`. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { cache, libraryEntry } from "../peers.ts";
import { buildLibrary, findNode, majorOf, makeCertificate } from "../prepare.ts";
import { type Bounds, boundsFor, breaches, type Measured, renderGates } from "./bounds.ts";
import { measureGate } from "./measure.ts";
import { type GateScenario, gates } from "./scenarios.ts";

const help = `npm run bench:gates -- [options] [gate ...]

Counts what a message costs, in terms that do not depend on how fast the machine is: system calls,
microtasks, callbacks of the event loop, bytes allocated. Each is compared with its bound in
bench/gates/bounds.json; ends with exit code 1 if one is above. Linux only. About two minutes.

  --node WHAT   Node to measure on: a path, or a version such as 24, which is then fetched from npm
  --write       write what was found as the bounds for this version of Node, with a margin for what
                is allocated: 20 % on the heap, 10 % in buffers
  --list        print the gates
  --help        print this
`;

const folder = join(cache, "gates-dist");
const file = join(import.meta.dirname, "bounds.json");
const say = (text: string) => process.stderr.write(`${text}\n`);

function choose(names: readonly string[]): readonly GateScenario[] {
  for (const name of names) {
    if (gates.some(({ id }) => id === name)) continue;
    throw new Error(
      `no gate is called "${name}"; there are: ${gates.map(({ id }) => id).join(", ")}`,
    );
  }
  return names.length === 0 ? gates : gates.filter(({ id }) => names.includes(id));
}

async function main(names: readonly string[], wanted: string | undefined, write: boolean) {
  const chosen = choose(names);
  if (process.platform !== "linux") {
    throw new Error("system calls are counted by what Linux tells of them in /proc");
  }
  buildLibrary(folder, say);
  const library = libraryEntry(folder);
  if (library === undefined) throw new Error(`npm run build has made no library in ${folder}`);
  const node = findNode(wanted, say);
  const major = majorOf(node);
  const bounds = JSON.parse(readFileSync(file, "utf8")) as Bounds;
  const tls = makeCertificate();
  const measured: Measured[] = [];
  try {
    for (const gate of chosen) {
      const figures = await measureGate(gate, { node, library, tls });
      measured.push({ gate, figures });
      say(`[${measured.length}/${chosen.length}] ${gate.id}`);
    }
  } finally {
    rmSync(dirname(tls.key), { recursive: true, force: true });
  }
  console.log(renderGates(measured, bounds[major]));
  if (write) {
    writeBounds(bounds, major, measured);
    return;
  }
  judge(measured, bounds, major);
}

function writeBounds(bounds: Bounds, major: string, measured: readonly Measured[]): void {
  const written = measured.map(({ gate, figures }) => [gate.id, boundsFor(figures)] as const);
  const own = { ...bounds[major], ...Object.fromEntries(written) };
  writeFileSync(file, `${JSON.stringify({ ...bounds, [major]: own }, undefined, 2)}\n`);
  say(`wrote the bounds for Node ${major} to ${file}`);
}

function judge(measured: readonly Measured[], bounds: Bounds, major: string): void {
  const own = bounds[major];
  if (own === undefined) {
    say(`there are no bounds for Node ${major}: nothing is judged`);
    return;
  }
  const found = breaches(measured, own);
  for (const breach of found) say(`ABOVE ITS BOUND: ${breach}`);
  if (found.length === 0) return;
  say(
    "A change that costs more says why, and writes the new bound: npm run bench:gates -- --write",
  );
  process.exitCode = 1;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: "string" },
      write: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) console.log(help);
  else if (values.list) for (const { id, title } of gates) console.log(`${id.padEnd(20)} ${title}`);
  else await main(positionals, values.node, values.write);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
