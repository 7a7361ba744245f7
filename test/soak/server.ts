/** The server of a soak: every form of handler, TLS, compression, files and a broadcast. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type IncomingMessage, Server } from "../../src/index.ts";
import { ready } from "../attack/victims/control.ts";
import { commands } from "./process-figures.ts";

/** Several addresses of loopback, each of which has its own 28,000 ports to connect from. */
const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];

const root = mkdtempSync(join(tmpdir(), "barewire-soak-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));
writeFileSync(join(root, "file"), Buffer.alloc(100_000, "file "));

const errors: string[] = [];
const server = new Server({
  root,
  handshakeTimeout: 5000,
  messageTimeout: 10_000,
  onError: (error) => {
    errors.push(errors.length < 20 ? `an error in a handler: ${error}` : "");
  },
});
server.handle("/echo", { message: (ws, data) => ws.send(data) });
server.handle("/deflate", { message: (ws, data) => ws.send(data) }, { compression: true });
server.handle("/iterate", async (request) => {
  const ws = request.upgrade();
  for await (const message of ws) await ws.send(message);
});
server.handle("/parts", async (request) => {
  const ws = request.upgrade();
  for await (const message of ws.messages) await ws.sendFragments(partsOf(message));
});
/** The parts of a message, of which an empty one has none, and what is sent needs one. */
async function* partsOf(message: IncomingMessage): AsyncGenerator<string | Buffer> {
  let parts = 0;
  for await (const part of message) {
    parts++;
    yield part;
  }
  if (parts === 0) yield message.type === "text" ? "" : Buffer.alloc(0);
}

setInterval(() => server.broadcast("news"), 5000).unref();

const tls = selfSignedCertificate();
let port = 0;
let tlsPort = 0;
for (const host of HOSTS) {
  ({ port } = await server.listen({ port, host, backlog: 4096 }));
  ({ port: tlsPort } = await server.listen({ port: tlsPort, host, backlog: 4096, tls }));
}
ready(
  { port, tlsPort },
  {
    ...commands,
    connections: () => server.connections.size,
    errors: () => errors.length,
    faults: () => errors.slice(0, 20),
  },
);
