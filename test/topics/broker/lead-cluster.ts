import cluster from "node:cluster";
import type { Server } from "../../../src/index.ts";
import { relayCluster } from "../../../src/topics/broker/cluster.ts";

/** Makes this process the primary of so many workers, which ends when its input does. */
export function leadCluster(workers: number): void {
  relayCluster();
  for (let i = 0; i < workers; i++) cluster.fork();
  process.stdin.resume();
  process.stdin.once("end", () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
    process.exit();
  });
}

/** Prints the port of a worker. It has a socket of its own: workers share those that the primary opens. */
export async function printPort(server: Server): Promise<void> {
  const { port } = await server.listen({ port: 0, host: "127.0.0.1", exclusive: true });
  console.log(port);
}
