// Several processes of a peer, each with a port of its own, and a Redis between them, by the option `redis`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findPort } from "./free-port.mjs";

const [file, json] = process.argv.slice(2);
const { processes, ...options } = JSON.parse(json);
const folder = mkdtempSync(join(tmpdir(), "barewire-fleet-"));
const children = [];

// However this process ends: a child that goes on would keep its output open, for whose end the runner waits.
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** @returns where it listens */
async function startRedis() {
  const port = await findPort();
  const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
  const redis = spawn("redis-server", [...place, "--save", ""], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(redis);
  redis.on("error", () => {
    console.error("Error: redis-server is not on the PATH");
    process.exit(1);
  });
  for await (const line of createInterface({ input: redis.stdout })) {
    if (line.includes("Ready to accept connections")) break;
  }
  redis.stdout.resume();
  return `redis://127.0.0.1:${port}`;
}

/** @returns the port on which it listens */
async function startServer(redis) {
  const command = [...process.execArgv, file, JSON.stringify({ ...options, redis })];
  const child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  child.on("exit", () => process.exit(1));
  for await (const line of createInterface({ input: child.stdout })) {
    const { ready } = JSON.parse(line);
    if (ready !== undefined) return { port: ready, pid: child.pid };
  }
  throw new Error("a server has ended");
}

createInterface({ input: process.stdin }).on("close", () => process.exit(0));
const redis = await startRedis();
const servers = await Promise.all(Array.from({ length: processes }, () => startServer(redis)));
const ports = servers.map(({ port }) => port);
const pids = servers.map(({ pid }) => pid);
process.stdout.write(`${JSON.stringify({ ready: ports[0], ports, pids })}\n`);
