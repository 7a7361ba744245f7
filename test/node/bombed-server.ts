/**
 * Run as a process of its own by compression-bombs.test.ts: a server with the default limits that
 * compresses, and tells its port, and when asked the greatest memory that it has had, in bytes.
 */

import { Server } from "../../src/index.ts";

const server = new Server({ compression: true, onError: () => {} });
server.handle("/", { message() {} });
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
// maxRSS is in KiB.
process.on("message", () => process.send?.(process.resourceUsage().maxRSS * 1024));
process.on("disconnect", () => process.exit());
process.send?.(port);
