/** The server that a herd has lost and finds again, as a process: it listens when it is told to. */
import { Server } from "../../src/index.ts";

const server = new Server({ heartbeatInterval: Number.POSITIVE_INFINITY });
server.handle("/", {});

process.on("message", async (port: number) => {
  const address = await server.listen({ host: "127.0.0.1", port, backlog: 4096 });
  process.send?.(address.port);
});
process.send?.("ready");
