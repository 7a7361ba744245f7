import { connect as connectTls } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { RawPeer } from "../raw-peer.ts";
import { serve, until } from "../served.ts";

// On a TLS port maxConnections and admit were asked only behind the TLS handshake: any number of
// sockets that said nothing stayed open until its deadline, whatever the limit.

const certificate = selfSignedCertificate();
const target = { port: 0, host: "127.0.0.1", tls: certificate };

/** An open WebSocket over TLS. */
async function openSecurely(port: number): Promise<RawPeer> {
  const socket = connectTls({ port, host: "127.0.0.1", ca: certificate.cert });
  const peer = new RawPeer(socket);
  onTestFinished(() => peer.destroy());
  await peer.upgrade();
  return peer;
}

/** The same, as soon as there is room. */
async function openWhenFree(port: number): Promise<RawPeer> {
  for (;;) {
    try {
      return await openSecurely(port);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

it("sockets in the TLS handshake count for maxConnections", { timeout: 5000 }, async () => {
  const { connect, address } = await serve({}, { maxConnections: 2 }, target);
  const silent = [await connect(), await connect()];
  for (let i = 0; i < 5; i++) await (await connect()).untilEnded();
  expect(silent.map(({ ended }) => ended)).toEqual([false, false]);
  silent[0]?.destroy();
  await openWhenFree(address.port);
  expect(silent[1]?.ended).toBe(false);
});

it("a TLS connection counts once, and until it is closed", { timeout: 5000 }, async () => {
  const { connect, address, server } = await serve({}, { maxConnections: 2 }, target);
  const first = await openSecurely(address.port);
  await openSecurely(address.port);
  await (await connect()).untilEnded();
  await expect(openSecurely(address.port)).rejects.toThrow();
  expect(server.connections.size).toBe(2);
  first.destroy();
  await openWhenFree(address.port);
});

it("a failed TLS handshake makes room again", { timeout: 5000 }, async () => {
  const { connect, address } = await serve({}, { maxConnections: 1 }, target);
  const plain = await connect();
  await (await connect()).untilEnded();
  plain.write("GET / HTTP/1.1\r\n\r\n");
  await plain.untilEnded();
  plain.destroy();
  await openWhenFree(address.port);
});

it("admit is asked before the TLS handshake", { timeout: 5000 }, async () => {
  const asked: (string | undefined)[] = [];
  const admit = (address: string | undefined) => asked.push(address) === 1;
  const { connect } = await serve({}, { admit }, target);
  const admitted = await connect();
  await until(() => asked.length === 1);
  await (await connect()).untilEnded();
  expect(admitted.ended).toBe(false);
  expect(asked).toEqual(["127.0.0.1", "127.0.0.1"]);
});
