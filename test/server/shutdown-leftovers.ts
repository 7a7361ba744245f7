/**
 * Run as a process of its own by server-shutdown.test.ts: uses a server in all ways, shuts it down
 * and prints what would still keep the process alive. Whatever does keeps it from ending.
 */

import { Server } from "../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";

const server = new Server({ listener: (_, response) => response.end() });
server.handle("/", { message: (ws, data) => ws.send(data) });
server.handle("/async", async (request) => {
  const ws = request.upgrade();
  for await (const message of ws) await ws.send(message);
});
const { port } = await server.listen({ port: 0, host: "127.0.0.1" });

const peers: RawPeer[] = [];
async function connect(...bytes: (string | Uint8Array)[]): Promise<RawPeer> {
  const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
  peers.push(peer);
  peer.write(...bytes);
  return peer;
}

const half = textFrame("half", { fin: false });
await (await connect(upgradeHead(), textFrame("a"), half)).readUpgraded();
await (await connect(upgradeHead("/async"), textFrame("a"), half)).readUpgraded();
await (await connect(upgradeHead("/nowhere"))).readResponse();
await (await connect("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")).readResponse();
await connect("GET / HT");
await connect();

await server.shutdown({ timeout: 50 });
for (const peer of peers) peer.destroy();
await Promise.all(peers.map((peer) => peer.untilClosed()));
const left = process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Server/.test(name));
process.stdout.write(JSON.stringify(left));
