import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { duplexTransport, tlsTransport } from "../../src/socket/stream-transport.ts";
import { streamPair } from "../stream-pair.ts";

/** A client's socket, whose server reads nothing. */
async function connected(): Promise<TLSSocket> {
  const { cert, key } = selfSignedCertificate();
  const accepted: Socket[] = [];
  const server = createServer({ cert, key }, (socket) => accepted.push(socket.pause()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    port,
    host: "127.0.0.1",
    ca: cert,
    checkServerIdentity: () => undefined,
  });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  onTestFinished(() => {
    for (const each of [socket, ...accepted]) each.destroy();
    server.close();
  });
  return socket;
}

describe("what is left of a write over TLS", () => {
  it("is nothing as soon as the system has it, before the stream says so", async () => {
    const socket = await connected();
    const transport = tlsTransport(socket, false);
    let ended = false;
    socket.write(Buffer.alloc(100), () => {
      ended = true;
    });
    expect([ended, transport.left(socket)]).toEqual([false, 0]);
  });

  it("is what the peer does not take", async () => {
    const socket = await connected();
    socket.write(Buffer.alloc(32 * 1024 * 1024));
    expect(tlsTransport(socket, false).left(socket)).toBeGreaterThan(0);
  });
});

it("is not known of a stream that is no socket", () => {
  const [near] = streamPair();
  expect(duplexTransport().left(near)).toBe(-1);
});
