/** A Redis Cluster of three masters, each of which a test can kill and start again. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SLOTS, slotOf } from "../../src/topics/broker/redis/slots.ts";
import { Engine, freePort, newFolder } from "./engine.ts";

const run = promisify(execFile);

const MASTERS = 3;

export class RedisCluster {
  readonly nodes: readonly Engine[];

  private constructor(nodes: readonly Engine[]) {
    this.nodes = nodes;
  }

  /** Starts one, which is there until {@link remove}. */
  static async start(): Promise<RedisCluster> {
    const nodes: Engine[] = [];
    const addresses: string[] = [];
    for (let i = 0; i < MASTERS; i++) {
      const [port, folder] = [await freePortWithBus(), await newFolder()];
      const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
      const kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
      // The others go on without the one that a test kills.
      const alone = ["--cluster-require-full-coverage", "no", "--cluster-node-timeout", "2000"];
      const options = [...place, ...kept, "--cluster-enabled", "yes", ...alone];
      const node = new Engine(port, folder, "redis-server", ...options);
      await node.start();
      nodes.push(node);
      addresses.push(`127.0.0.1:${port}`);
    }
    await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"]);
    return new RedisCluster(nodes);
  }

  get ports(): number[] {
    return this.nodes.map(({ port }) => port);
  }

  /** The node that had the slot of a channel when the cluster was made. */
  ownerOf(channel: string): Engine {
    return this.nodes[Math.floor((slotOf(channel) * MASTERS) / SLOTS)]!;
  }

  /** Gives the slot of a channel, which has no keys, to another node than its owner. */
  async move(channel: string): Promise<void> {
    const from = this.ownerOf(channel);
    const [to, third] = this.nodes.filter((node) => node !== from) as [Engine, Engine];
    const slot = `${slotOf(channel)}`;
    const idOf = async (node: Engine) => (await command(node, "CLUSTER", "MYID")).trim();
    const set = (node: Engine, ...words: string[]) =>
      command(node, "CLUSTER", "SETSLOT", slot, ...words);
    await set(to, "IMPORTING", await idOf(from));
    await set(from, "MIGRATING", await idOf(to));
    for (const node of [to, from, third]) await set(node, "NODE", await idOf(to));
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
  }
}

/**
 * A port that is free, and so is the one of the cluster's bus, 10,000 above. Both are below those that the system gives
 * to outgoing connections: others would get them while the node is killed.
 */
async function freePortWithBus(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 10_000);
    try {
      await freePort(port);
      await freePort(port + 10_000);
      return port;
    } catch {
      // It is taken.
    }
  }
}

async function command(node: Engine, ...words: string[]): Promise<string> {
  const { stdout } = await run("redis-cli", ["-p", `${node.port}`, ...words]);
  return stdout;
}
