/** Serves a client as probes say: a server that speaks as much of Autobahn's control protocol as it must. */
import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { type Came, framesOf, hex, type Probe } from "./probe.ts";

/** How long nothing may come from a client before its connection is ended, in milliseconds. */
const QUIET = 700;

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = hex("88 02 03e8");

/** The value of Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2). */
export const acceptValue = (key: string): string =>
  createHash("sha1").update(`${key}${GUID}`).digest("base64");

const RIGHT = (key: string) =>
  [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptValue(key)}`,
    "\r\n",
  ].join("\r\n");

/** Probes as cases that a client asks for by number. */
export interface ProbeServer {
  readonly port: number;
  /** What came from the client, by the number of the probe from 0. */
  readonly came: ReadonlyMap<number, Came>;
  /** Resolves when the client has asked for its reports. */
  readonly done: Promise<void>;
  close(): void;
}

/** Begins to serve. */
export async function serveProbes(probes: readonly Probe[]): Promise<ProbeServer> {
  const came = new Map<number, Came>();
  const sockets = new Set<Socket>();
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    void serve(socket, probes, came, finish);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, came, done, close };
}

async function serve(
  socket: Socket,
  probes: readonly Probe[],
  came: Map<number, Came>,
  finish: () => void,
): Promise<void> {
  const request = await firstRequest(socket);
  const [, path = ""] = request.split(" ");
  const [, key = ""] = /^Sec-WebSocket-Key: *(\S+)/im.exec(request) ?? [];
  if (path.startsWith("/runCase")) {
    const number = Number(new URL(path, "ws://localhost").searchParams.get("case")) - 1;
    const probe = probes[number];
    if (probe === undefined) socket.destroy();
    else {
      socket.write(Buffer.concat([Buffer.from(probe.head(key), "latin1"), probe.frames]));
      came.set(number, await whatComes(socket));
    }
    return;
  }
  const count = Buffer.from(`${probes.length}`);
  const message = Buffer.concat([Buffer.from([0x81, count.length]), count]);
  const isCount = path.startsWith("/getCaseCount");
  socket.write(Buffer.concat([Buffer.from(RIGHT(key)), ...(isCount ? [message] : []), CLOSE]));
  await whatComes(socket);
  if (path.startsWith("/updateReports")) finish();
}

/** The head of the request, one character per byte. */
function firstRequest(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      socket.removeListener("data", onData);
      resolve(text);
    };
    socket.on("data", onData);
    socket.once("close", () => resolve(text));
  });
}

/** What comes until the client ends the connection, or says nothing any more; then it is ended. */
function whatComes(socket: Socket): Promise<Came> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    let ended = false;
    const over = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ head: "", frames: framesOf(bytes), ended, gone: false });
    };
    const timer = setTimeout(over, QUIET);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      timer.refresh();
    });
    for (const end of ["end", "close"]) {
      socket.once(end, () => {
        ended = true;
        over();
      });
    }
  });
}
