/** What the programs under attack share: their arguments, and the lines that they exchange with the runner. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import type { Http2Options } from "../../../src/index.ts";
import type { Memory } from "../victim.ts";

/** What a victim was started with. */
interface Arguments {
  readonly setup: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly tls: boolean;
  readonly http2: boolean | Http2Options;
}

/** The arguments of this process. */
export const given = JSON.parse(process.argv[2] ?? "{}") as Arguments;

/** What the runner may ask for, by name. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/** The setup that was asked for. */
export function chosen<T>(setups: Readonly<Record<string, T>>): T {
  const setup = setups[given.setup];
  if (setup === undefined) throw new Error(`there is no setup called "${given.setup}"`);
  return setup;
}

// Whatever it dies of: the runner is to know.
process.on("uncaughtException", (error) => {
  const [, where = ""] = error.stack?.split("\n    ") ?? [];
  say({ failed: `${error} ${where}` });
  process.exit(1);
});

/** Tells the runner that the program is ready, and obeys it from then on. */
export function ready(ports: { port: number; tlsPort: number }, commands: Commands): void {
  const all: Commands = { memory, block, watch, delay, ...commands };
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const { do: name, argument } = JSON.parse(line) as { do: string; argument: never };
    try {
      const command = all[name];
      if (command === undefined) throw new Error("the victim knows no such command");
      say({ answer: (await command(argument)) ?? null });
    } catch (error) {
      say({ failed: error instanceof Error ? error.message : String(error) });
    }
  });
  lines.on("close", () => process.exit(0));
  say(ports);
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const delays = monitorEventLoopDelay({ resolution: 1 });

/** Watches the loop of this process from now on: of a client no probe can tell how late it is. */
function watch(): void {
  delays.enable();
  delays.reset();
}

/** By how many ms it was late at most. */
function delay(): number {
  return delays.max / 1e6;
}

/** Does nothing and lets nothing else be done, like a long synchronous job. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The memory of this process behind a collection. */
async function memory(): Promise<Memory> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}
