/**
 * What all measured processes share: their options, and the lines they exchange with the runner.
 * It is plain JavaScript, for Node, Bun and Deno alike.
 *
 * Options (JSON, first argument): `mode` "echo" or "broadcast"; `tls` undefined or the files
 * `{ key, cert }`; `deflate` undefined for no compression, "defaults", or
 * `{ windowBits, level, memLevel }`.
 */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import process from "node:process";
import { createInterface } from "node:readline";

export const options = JSON.parse(process.argv[2] ?? "{}");

/** The limit for a message that every peer is given, in bytes. */
export const MAX_MESSAGE = 32 * 1024 * 1024;

export const HOST = "127.0.0.1";

/** Key and certificate as PEM texts, undefined without TLS. */
export function readTls() {
  if (options.tls === undefined) return undefined;
  const { key, cert } = options.tls;
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

let watch;

function startWatch() {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const collections = new PerformanceObserver((list) => watch.pauses.push(...list.getEntries()));
  collections.observe({ entryTypes: ["gc"] });
  return { delays, collections, pauses: [], since: performance.eventLoopUtilization() };
}

// What the event loop did since the last call, in ms and shares of the time; from the first call on
// it is watched.
function loopDelay() {
  watch ??= startWatch();
  const { delays, collections, pauses, since } = watch;
  pauses.push(...collections.takeRecords());
  const { utilization, active, idle } = performance.eventLoopUtilization(since);
  const delay = {
    p99: delays.percentile(99) / 1e6,
    longest: delays.max / 1e6,
    busy: utilization,
    collecting: pauses.reduce((sum, { duration }) => sum + duration, 0) / (active + idle),
    longestCollection: Math.max(0, ...pauses.map(({ duration }) => duration)),
  };
  delays.reset();
  watch.pauses = [];
  watch.since = performance.eventLoopUtilization();
  return { delay };
}

async function collectGarbage() {
  for (let i = 0; i < 4; i++) {
    if (globalThis.Bun !== undefined) globalThis.Bun.gc(true);
    else globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/**
 * Tells the runner that the process is ready and obeys it from then on.
 *
 * @param port the port listened on, 0 for a client
 * @param onConnect a client's `(port, count)`: connects so many times
 */
export function ready(port, onConnect) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const command = JSON.parse(line);
    if (command.do === "memory") {
      await collectGarbage();
      say({ memory: process.memoryUsage() });
    } else if (command.do === "delay") {
      say(loopDelay());
    } else if (command.do === "connect") {
      await onConnect(command.port, command.count);
      say({ connected: command.count });
    }
  });
  lines.on("close", () => process.exit(0));
  say({ ready: port });
}
