/** A server that tells its clients what it knows of them, for what stands between the two. */

import { expect, onTestFinished } from "vitest";
import {
  type ConnectOptions,
  connect,
  type HandshakeError,
  type ListenTargetOptions,
  type RefusedHandshake,
  Server,
  type ServerOptions,
} from "../../src/index.ts";

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
  tls: ConnectOptions["tls"] = {},
  http: ConnectOptions["http"] = 1,
): Promise<Facts> {
  const options = { origin, tls, proxyLoopback: false, handshakeTimeout: 5000, http };
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

/** The status that such a page is refused with. */
export async function statusFor(...asked: Parameters<typeof ask>): Promise<number> {
  const error: HandshakeError = await ask(...asked).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  return error.status;
}
