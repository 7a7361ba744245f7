/**
 * A cluster of two workers, each of which prints its port. A client is in a topic under the name that it connects to,
 * and is told who else is. The cluster ends when its input does.
 */

import cluster from "node:cluster";
import { Server } from "../../src/index.ts";
import { Presence } from "../../src/presence/presence.ts";
import { clusterBroker, relayCluster } from "../../src/topics/broker/cluster.ts";

if (cluster.isPrimary) {
  relayCluster();
  for (let i = 0; i < 2; i++) cluster.fork();
  process.stdin.resume();
  process.stdin.once("end", () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill();
    process.exit();
  });
} else {
  const server = new Server({ broker: clusterBroker() });
  const presence = new Presence({ broker: clusterBroker({ name: "presence" }), timeout: 500 });
  server.handle("/:name", {
    open: (ws) => {
      const watch = presence.watch("room", {
        join: ({ key }) => void ws.send(`+${key}`),
        leave: ({ key }) => void ws.send(`-${key}`),
      });
      for (const key of watch.list().keys()) ws.send(`+${key}`);
      void ws.closed.then(() => watch.stop());
      presence.join("room", ws.request!.params["name"]!, { until: ws.closed });
    },
    message: async (_, data) => {
      if (data === "die") process.kill(process.pid, "SIGKILL");
      if (data === "close") await presence.close();
    },
  });
  // A socket of its own: workers share those that the primary opens.
  const { port } = await server.listen({ port: 0, host: "127.0.0.1", exclusive: true });
  console.log(port);
}
