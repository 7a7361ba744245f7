/**
 * A cluster of two workers, each of which prints its port. A client is in a topic under the name that it connects to,
 * and is told who else is. The cluster ends when its input does.
 */

import cluster from "node:cluster";
import { Server } from "../../src/index.ts";
import { Presence } from "../../src/presence/presence.ts";
import { clusterBroker } from "../../src/topics/broker/cluster.ts";
import { leadCluster, printPort } from "../topics/broker/lead-cluster.ts";

if (cluster.isPrimary) {
  leadCluster(2);
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
  await printPort(server);
}
