/**
 * Run as a process of its own by compression-bombs.test.ts: a server with the default limits that
 * compresses, and tells its port, and when asked the greatest memory that it has had, in bytes.
 *
 * It asks for a collection now and then, since V8 leaves garbage for a while: a loop that does
 * nothing but fill a new MiB each time grows by 37 MiB on Node 20, by 107 on Node 24. What is left
 * is what somebody holds.
 */

import { Server } from "../../src/index.ts";

let events = 0;
const collect = () => {
  if (++events % 8 === 0) globalThis.gc!();
};
const server = new Server({ compression: true, onError: () => {} });
server.handle("/", { message: collect, close: collect });
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
// maxRSS is in KiB.
process.on("message", () => process.send?.(process.resourceUsage().maxRSS * 1024));
process.on("disconnect", () => process.exit());
process.send?.(port);
