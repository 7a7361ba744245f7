/**
 * The server that the suite's fuzzing client tests: it sends back what it receives. Prints its
 * URL as its first line.
 *
 * Arguments: the port; any that is free when left out. `--http2` for HTTP/2 on that port, too.
 */
import { parseArgs } from "node:util";
import { Server } from "../src/index.ts";
import { LIMITS } from "./limits.ts";

const server = new Server(LIMITS);
server.handle("/", {
  message(ws, data) {
    ws.send(data);
  },
});
const { values, positionals } = parseArgs({
  options: { http2: { type: "boolean", default: false } },
  allowPositionals: true,
});
const port = Number(positionals[0] ?? 0);
const address = await server.listen({ port, host: "127.0.0.1", http2: values.http2 });
console.log(`ws://127.0.0.1:${address.port}`);

// The runner is gone, however it ended.
process.on("disconnect", () => process.exit());
