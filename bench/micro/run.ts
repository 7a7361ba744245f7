/**
 * The micro-benchmarks: `npm run bench:micro [-- mask copy parser utf8 …] [--node 24] [--table]`.
 * `--node` runs them on another version, `--table` prints a line for each group.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { run } from "mitata";
import { findNode } from "../prepare.ts";
import { copyBenchmarks } from "./copy.ts";
import { deflateBenchmarks } from "./deflate.ts";
import { encodeBenchmarks } from "./encode.ts";
import { flushBenchmarks } from "./flush.ts";
import { handshakeBenchmarks } from "./handshake.ts";
import { maskBenchmarks, maskWhileCopyingBenchmarks } from "./mask.ts";
import { parserBenchmarks } from "./parser.ts";
import { shortTextBenchmarks } from "./short-text.ts";
import { printTable } from "./table.ts";
import { utf8Benchmarks } from "./utf8.ts";
import { writerBenchmarks } from "./writer.ts";

const subjects: Readonly<Record<string, () => void>> = {
  mask: maskBenchmarks,
  "mask-copy": maskWhileCopyingBenchmarks,
  copy: copyBenchmarks,
  parser: parserBenchmarks,
  utf8: utf8Benchmarks,
  "short-text": shortTextBenchmarks,
  encode: encodeBenchmarks,
  writer: writerBenchmarks,
  flush: flushBenchmarks,
  handshake: handshakeBenchmarks,
  deflate: deflateBenchmarks,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { node: { type: "string" }, table: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !(name in subjects));
if (unknown.length > 0) {
  console.error(
    `no micro-benchmark is called ${unknown.join(", ")}; there are: ${Object.keys(subjects).join(", ")}`,
  );
  process.exit(2);
}
if (values.node === undefined) await measure();
else onAnotherNode(values.node);

async function measure(): Promise<void> {
  for (const [name, register] of Object.entries(subjects)) {
    if (positionals.length === 0 || positionals.includes(name)) register();
  }
  if (!values.table) await run();
  else printTable((await run({ format: "quiet" })) as unknown as Parameters<typeof printTable>[0]);
}

function onAnotherNode(wanted: string): void {
  const node = findNode(wanted, console.error);
  const table = values.table ? ["--table"] : [];
  const args = [...process.execArgv, import.meta.filename, ...positionals, ...table];
  process.exitCode = spawnSync(node, args, { stdio: "inherit" }).status ?? 1;
}
