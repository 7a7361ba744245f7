// Several processes of a peer that share a port: node:cluster, and where Node has `reusePort` each has a
// listener of its own, among which the system distributes connections. Where it has not, this process
// accepts and hands them out.
import cluster from "node:cluster";
import { Server } from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { findPort } from "./free-port.mjs";

const [file, json] = process.argv.slice(2);
const { workers } = JSON.parse(json);
const [major, minor] = process.versions.node.split(".").map(Number);
const canReusePort = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);

if (cluster.isPrimary) await lead();
else await work();

async function lead() {
  // Each worker would be given another one for 0.
  const port = await findPort();
  const pids = canReusePort ? [] : [process.pid];
  let missing = workers;
  for (let i = 0; i < workers; i++) {
    const worker = cluster.fork({ PORT: port });
    pids.push(worker.process.pid);
    worker.on("message", () => {
      missing -= 1;
      if (missing === 0) process.stdout.write(`${JSON.stringify({ ready: port, pids })}\n`);
    });
  }
  cluster.on("exit", () => process.exit(1));
  createInterface({ input: process.stdin }).on("close", () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill("SIGKILL");
    process.exit(0);
  });
}

/** Runs the peer's own file, which asks for any port. */
async function work() {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...args) {
    const callback = args.findLast((each) => typeof each === "function");
    const [first, host, backlog] = args;
    const options = typeof first === "object" ? first : { host, backlog };
    const port = Number(process.env.PORT);
    return listen.call(this, { ...options, port, reusePort: canReusePort }, callback);
  };
  process.argv.splice(2, 1);
  await import(pathToFileURL(file).href);
}
