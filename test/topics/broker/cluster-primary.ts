/** A cluster of three workers, each of which prints its port. It ends when its input does. */

import cluster from "node:cluster";
import { Server } from "../../../src/index.ts";
import { clusterBroker, relayCluster } from "../../../src/topics/broker/cluster.ts";

if (cluster.isPrimary) {
  relayCluster();
  for (let i = 0; i < 3; i++) cluster.fork();
  process.stdin.resume();
  process.stdin.once("end", () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
    process.exit();
  });
} else {
  const server = new Server({ broker: clusterBroker() });
  server.handle("/", {
    open: async (ws) => {
      await ws.subscribe("room");
      ws.send("subscribed");
    },
    message: (ws, data) => {
      if (data === "die") process.kill(process.pid, "SIGKILL");
      ws.publish("room", data);
    },
  });
  // A socket of its own: workers share those that the primary opens.
  const { port } = await server.listen({ port: 0, host: "127.0.0.1", exclusive: true });
  console.log(port);
}
