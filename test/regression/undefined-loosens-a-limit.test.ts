import { expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { connect, type RouteOptions, Server, type ServerOptions } from "../../src/index.ts";
import { closeFrame, RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// An option that was undefined took the place of the one below it: the route's that of the server's,
// and one of `tls` that of a default. The limit was then not the server's but the usual one.

async function peerOf(options: ServerOptions, ofRoute: object): Promise<RawPeer> {
  const server = new Server(options);
  server.handle("/", {}, ofRoute as RouteOptions);
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
  onTestFinished(async () => {
    peer.destroy();
    await server.shutdown({ timeout: 1000 });
  });
  return peer;
}

it.each([undefined, null])("a route's maxMessageSize of %s leaves the server's", async (value) => {
  const peer = await peerOf({ maxMessageSize: 10 }, { maxMessageSize: value });
  await peer.upgrade();
  peer.write(textFrame("eleven char"), closeFrame(1000));
  expect((await peer.readClose()).code).toBe(1009);
});

it("a route's origin of undefined leaves the server's", async () => {
  const peer = await peerOf({ origin: ["https://a.test"] }, { origin: undefined });
  peer.write(upgradeHead("/", { Host: "b.test", Origin: "http://b.test" }));
  expect((await peer.readResponse()).status).toBe(403);
});

const certificate = selfSignedCertificate();

it("a handshakeTimeout of undefined in tls leaves the server's", async () => {
  const tls = { ...certificate, handshakeTimeout: undefined as unknown as number };
  const target = { port: 0, host: "127.0.0.1", tls };
  const silent = await (await serve({}, { handshakeTimeout: 50 }, target)).connect();
  await silent.untilEnded();
});

it("a checkServerIdentity of undefined in a client's tls leaves the check", async () => {
  const target = { port: 0, host: "127.0.0.1", tls: certificate };
  const { address } = await serve({}, {}, target);
  const tls = {
    ca: certificate.cert,
    checkServerIdentity: undefined as unknown as () => undefined,
  };
  const ws = await connect(address.url, { tls });
  await ws.close();
});
