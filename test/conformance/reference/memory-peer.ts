/** A server in a process of its own: `node --import tsx memory-peer.ts KIND` prints its port. */
import { Server } from "../../../src/index.ts";
import { startReferenceServer } from "./reference-server.ts";

async function start(kind: string): Promise<number> {
  if (kind === "barewire") {
    const server = new Server();
    server.handle("/", {
      message: (ws, data) => {
        ws.send(data);
      },
    });
    return (await server.listen(0)).port;
  }
  // The reference server keeps all that it is sent and all that it has to send.
  const hoards = kind === "hoards" ? { hoards: 200 * 2 ** 20 } : {};
  return (await startReferenceServer(hoards)).port;
}

process.stdout.write(`${await start(process.argv[2]!)}\n`);
