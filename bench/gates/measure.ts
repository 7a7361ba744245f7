import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Figures } from "./bounds.ts";
import type { GateScenario } from "./scenarios.ts";

/** Rounds that are measured. */
const ROUNDS = 15;
const DEADLINE_MS = 120_000;

/**
 * V8's flags for the measured process: a young generation large enough for the collector not to run within
 * a round; and nothing that depends on how far another thread has come, nor on how often the collector ran.
 */
const FLAGS = [
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
  "--no-concurrent-recompilation",
  "--no-flush-bytecode",
];

const main = join(import.meta.dirname, "measured", "main.mjs");

/** How a gate is measured. */
export interface GateRun {
  readonly node: string;
  /** The file of the built library to import. */
  readonly library: string;
  readonly tls: { readonly key: string; readonly cert: string };
}

/**
 * Measures a gate in a process of its own.
 *
 * @throws Error with what the process wrote, if it failed
 */
export async function measureGate(gate: GateScenario, run: GateRun): Promise<Figures> {
  const { node, library, tls } = run;
  const options = JSON.stringify({
    scenario: gate,
    library,
    rounds: ROUNDS,
    tls: gate.tls === true ? tls : undefined,
  });
  const child = spawn(node, [...FLAGS, main, options], { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  clearTimeout(timer);
  if (output === "") {
    const reason = errors.trim() || `it was ended after ${DEADLINE_MS / 1000} s`;
    throw new Error(`the gate ${gate.id} could not be measured: ${reason}`);
  }
  return JSON.parse(output) as Figures;
}
