/** A server in a process of its own: `node --import tsx memory-peer.ts KIND` prints its port. */
import { createServer, type Socket } from "node:net";
import { answerRequest } from "../../../src/conformance/opening/client-answer.ts";
import { HeadReader } from "../../../src/conformance/wire/head.ts";
import { Server } from "../../../src/index.ts";
import { startReferenceServer } from "./reference-server.ts";

async function start(kind: string): Promise<number> {
  if (kind === "barewire") return barewire();
  if (kind === "keeps") return keeper();
  const server = await startReferenceServer();
  // Its next connection takes 200 MiB.
  process.on("SIGUSR2", () => {
    server.faults = { hoards: 200 * 2 ** 20 };
    process.stdout.write("armed\n");
  });
  return server.port;
}

async function barewire(): Promise<number> {
  const server = new Server();
  server.handle("/", {
    message: (ws, data) => {
      ws.send(data);
    },
  });
  return (await server.listen(0)).port;
}

/** Keeps all that it is sent, and sends nothing. */
async function keeper(): Promise<number> {
  const kept: Buffer[] = [];
  const server = createServer((socket: Socket) => {
    const reader = new HeadReader();
    let opened = false;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      kept.push(chunk);
      const head = opened ? undefined : reader.feed(chunk);
      if (head === undefined) return;
      opened = true;
      socket.write(answerRequest(head, undefined).head);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

process.stdout.write(`${await start(process.argv[2]!)}\n`);
