/** A small WebSocket echo server with switchable faults. */
import { createServer, type Socket } from "node:net";
import { answerRequest } from "../../../src/conformance/opening.ts";
import { HeadReader } from "../../../src/conformance/wire/head.ts";
import { EchoPeer } from "./echo-peer.ts";
import type { Faults } from "./faults.ts";

export interface ReferenceServer {
  readonly url: string;
  readonly port: number;
  /** What it gets wrong from the next connection on. */
  faults: Faults;
  close(): Promise<void>;
}

/** Starts it on `port` of the loopback interface; any port when left out. */
export async function startReferenceServer(
  initial: Faults = {},
  port = 0,
): Promise<ReferenceServer> {
  const sockets = new Set<Socket>();
  let faults = initial;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    serve(socket, faults);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${bound}/`,
    port: bound,
    get faults() {
      return faults;
    },
    set faults(next: Faults) {
      faults = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, faults: Faults): void {
  if (faults.mute) return;
  const reader = new HeadReader();
  let peer: EchoPeer | undefined;
  socket.on("data", (chunk) => {
    if (peer !== undefined) {
      peer.receive(chunk);
      return;
    }
    const head = reader.feed(chunk);
    if (head === undefined) return;
    if (faults.answersWith !== undefined) {
      socket.end(faults.answersWith);
      return;
    }
    const wishes = faults.noDeflate ? undefined : [{ noTakeover: false, bits: 0 }];
    const answer = answerRequest(head, wishes);
    socket.write(answer.head);
    if ("refused" in answer.opened || faults.closesAtOnce) {
      socket.destroySoon();
      return;
    }
    if (faults.floodsWith !== undefined) flood(socket, faults.floodsWith);
    peer = new EchoPeer(socket, { isServer: true, faults, deflate: answer.opened.deflate });
    if (reader.rest.length > 0) peer.receive(reader.rest);
  });
}

function flood(socket: Socket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes)) {
      // Until the socket's buffer is full; the next drain goes on.
    }
  };
  socket.on("drain", more);
  more();
}
