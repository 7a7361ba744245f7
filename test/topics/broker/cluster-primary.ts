/** A cluster of three workers, each of which prints its port. It ends when its input does. */

import cluster from "node:cluster";
import { Server } from "../../../src/index.ts";
import { clusterBroker } from "../../../src/topics/broker/cluster.ts";
import { leadCluster, printPort } from "./lead-cluster.ts";

if (cluster.isPrimary) {
  leadCluster(3);
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
  await printPort(server);
}
