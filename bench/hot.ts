/**
 * The functions that took the most time in the runs that were made with `--cpu-prof`:
 * `npm run bench:hot [-- scenario ...]`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cache } from "./peers.ts";
import { type CpuProfile, hotFunctions } from "./report/hot-functions.ts";

const MOST = 25;

const folder = join(cache, "profiles");
const scenarios = process.argv.slice(2);
const files = (existsSync(folder) ? readdirSync(folder) : []).filter(
  (name) => scenarios.length === 0 || scenarios.includes(name.split(".")[0]!),
);
if (files.length === 0) {
  console.error("there is no such profile; npm run bench -- --scenario … --cpu-prof makes them");
  process.exitCode = 1;
}
for (const name of files) {
  const profile = JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile;
  console.log(`${name.replace(/\.cpuprofile$/, "")}\n${hotFunctions(profile, MOST)}\n`);
}
