/**
 * What all measured processes share: their options, and the lines they exchange with the runner.
 * It is plain JavaScript, for Node, Bun and Deno alike.
 *
 * Options (JSON, first argument): `mode`, what becomes of a message: "echo"; "length", it is answered with
 * its length; "broadcast", it goes to all connections; "groups", it goes `copies` times to each of `count`
 * groups of connections, by `groups: { count, copies, each }`, where each connection is in `each` of them;
 * "subscriptions", nothing comes, and connections are in their groups once that is asked for; and for raw `net`,
 * which does not know a Close otherwise, "echo until Close". `tls` undefined or the files `{ key, cert }`; `http2`
 * whether HTTP/2 is taken beside HTTP/1.1; `redis` the URL of a Redis between several processes, undefined without;
 * `deflate` undefined for no compression, "defaults", or `{ windowBits, level, memLevel }`; `library` the file of
 * barewire to import, `ws` the one to import in the place of `ws`.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { LoopWatch } from "./loop-watch.mjs";

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

/** @throws Error if the scenario wants something else than a peer's file has. */
export function checkMode(...modes) {
  if (!modes.includes(options.mode)) throw new Error(`it has no mode "${options.mode}" here`);
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
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
 * @param commands what it is to do when it is told to. `connect(port, count)`, a client's: connects so many times.
 * `subscribe()`, in the mode "subscriptions": puts all connections into their groups, and returns how many members
 * these have together
 */
export function ready(port, commands = {}) {
  // One of several: cluster.mjs speaks for all.
  if (options.workers > 1) {
    process.send({ ready: port });
    return;
  }
  const lines = createInterface({ input: process.stdin });
  let watch;
  lines.on("line", async (line) => {
    const command = JSON.parse(line);
    if (command.do === "memory") {
      if (command.collect) await collectGarbage();
      say({ memory: { ...process.memoryUsage(), maxRss: process.resourceUsage().maxRSS * 1024 } });
    } else if (command.do === "watch") {
      watch = new LoopWatch(command.turns);
      say({ watching: true });
    } else if (command.do === "delay") {
      say({ delay: watch.end() });
    } else if (command.do === "connect") {
      await commands.connect(command.port, command.count);
      say({ connected: command.count });
    } else if (command.do === "subscribe") {
      say({ subscriptions: commands.subscribe() });
    }
  });
  lines.on("close", () => process.exit(0));
  say({ ready: port });
}
