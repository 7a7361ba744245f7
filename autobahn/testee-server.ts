/**
 * The server that the suite's fuzzing client tests: it sends back what it receives. Prints its
 * URL as its first line.
 *
 * Argument: the port; any that is free when left out.
 */
import { Server } from "../src/index.ts";
import { LIMITS } from "./limits.ts";

const server = new Server(LIMITS);
server.handle("/", {
  message(ws, data) {
    ws.send(data);
  },
});
const port = Number(process.argv[2] ?? 0);
const address = await server.listen({ port, host: "127.0.0.1" });
console.log(`ws://127.0.0.1:${address.port}`);

// The runner is gone, however it ended.
process.on("disconnect", () => process.exit());
