/** The micro-benchmarks: `npm run bench:micro [-- mask copy parser utf8 writer handshake deflate]`. */
import { run } from "mitata";
import { copyBenchmarks } from "./copy.ts";
import { deflateBenchmarks } from "./deflate.ts";
import { handshakeBenchmarks } from "./handshake.ts";
import { maskBenchmarks } from "./mask.ts";
import { parserBenchmarks } from "./parser.ts";
import { utf8Benchmarks } from "./utf8.ts";
import { writerBenchmarks } from "./writer.ts";

const subjects: Readonly<Record<string, () => void>> = {
  mask: maskBenchmarks,
  copy: copyBenchmarks,
  parser: parserBenchmarks,
  utf8: utf8Benchmarks,
  writer: writerBenchmarks,
  handshake: handshakeBenchmarks,
  deflate: deflateBenchmarks,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in subjects));
if (unknown.length > 0) {
  console.error(
    `no micro-benchmark is called ${unknown.join(", ")}; there are: ${Object.keys(subjects).join(", ")}`,
  );
  process.exit(2);
}
for (const [name, register] of Object.entries(subjects)) {
  if (wanted.length === 0 || wanted.includes(name)) register();
}
await run();
