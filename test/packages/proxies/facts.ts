/** A server that tells what it knows of its clients, and a client that asks it through a proxy. */

import { expect, onTestFinished } from "vitest";
import {
  type ClientTlsOptions,
  type ConnectOptions,
  connect,
  type HandshakeError,
  type ListenTargetOptions,
  type RefusedHandshake,
  Server,
  type ServerOptions,
} from "../../../src/index.ts";

/** What the server knows of a client. */
export interface Facts {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly secure: boolean;
  readonly host: string;
  /** What the server is spoken to by. */
  readonly http: "1.1" | "2";
  readonly commonName?: string;
  /** The port that the client has itself. */
  readonly clientPort: number | undefined;
  /** What the client speaks. */
  readonly clientHttp: "1.1" | "2";
}

/** A server that tells each client what it knows of it, and then echoes. */
export async function serveFacts(options: ServerOptions, target: ListenTargetOptions = {}) {
  const refused: RefusedHandshake[] = [];
  const server = new Server({ onRefused: (what) => void refused.push(what), ...options });
  server.handle("/ws", {
    open(ws) {
      const { remoteAddress, remotePort, request, http } = ws;
      const { secure, host, tls } = request!;
      const commonName = tls?.peerCertificate.subject?.CN;
      ws.send(JSON.stringify({ remoteAddress, remotePort, secure, host, http, commonName }));
    },
    message: (ws, data) => ws.send(data),
  });
  onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
  const { port } = await server.listen({ port: 0, host: "127.0.0.1", ...target });
  return { server, port, refused };
}

/** Connects as a page of `origin` does, and says what the server knows. */
export async function ask(
  url: string,
  origin: string,
  tls: ClientTlsOptions = {},
  more: ConnectOptions = {},
): Promise<Facts> {
  const options = { origin, tls, proxyLoopback: false, handshakeTimeout: 5000, ...more };
  const ws = await connect(url, url.startsWith("wss") ? options : { ...options, tls: {} });
  const facts = JSON.parse(String(await ws.receive()));
  const own = { clientPort: ws.localPort, clientHttp: ws.http };
  // Messages large and small, both ways.
  for (const size of [1, 200, 300_000]) {
    await ws.send("x".repeat(size));
    expect(String(await ws.receive()).length).toBe(size);
  }
  await ws.close();
  return { ...facts, ...own };
}

/** The status that a handshake is refused with. */
export async function statusFor(
  url: string,
  origin: string,
  tls: ClientTlsOptions = {},
  more: ConnectOptions = {},
): Promise<number> {
  const error: HandshakeError = await ask(url, origin, tls, more).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  return error.status;
}
