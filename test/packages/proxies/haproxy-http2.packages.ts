/** HAProxy that speaks HTTP/2 to its clients, to the server behind it, or to both (RFC 8441). */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { directory, freePort, makeCertificates, startProgram } from "../processes.ts";
import { ask, serveFacts, statusFor } from "./facts.ts";

/** Where a proxy listens, and where its files are. */
interface Place {
  readonly folder: string;
  readonly port: number;
}

/** Starts a proxy that ends TLS with site.pem, and speaks to the server by HTTP/2 or 1.1. */
async function haproxy({ folder, port }: Place, backend: number, http: 1 | 2): Promise<void> {
  const config = `
global
    log stderr format raw local0 crit
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 60s
frontend outer
    bind 127.0.0.1:${port} ssl crt ${folder}/site.pem alpn h2,http/1.1
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    default_backend inner
backend inner
    server one 127.0.0.1:${backend} ${http === 2 ? "proto h2 ws h2" : ""}
`;
  await writeFile(join(folder, "haproxy.cfg"), config);
  await startProgram("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], port);
}

describe("HAProxy", () => {
  /** A proxy in front of a server that speaks both versions. */
  async function serveBehind(http: 1 | 2) {
    const folder = await directory();
    const { ca, server: certificate } = await makeCertificates(folder);
    await writeFile(join(folder, "site.pem"), `${certificate.cert}${certificate.key}`);
    const served = await serveFacts({ trustProxy: ["loopback"] }, { http2: true });
    const port = await freePort();
    await haproxy({ folder, port }, served.port, http);
    const origin = `https://localhost:${port}`;
    return { ...served, port, origin, url: `wss://localhost:${port}/ws`, tls: { ca } };
  }

  it.each([
    ["2 to the client and to the server", 2, 2],
    ["2 to the client, 1.1 to the server", 2, 1],
    ["1.1 to the client, 2 to the server", 1, 2],
  ] as const)("with HTTP/%s", async (_, client, server) => {
    const { url, origin, tls, port, refused } = await serveBehind(server);
    expect(await ask(url, origin, tls, { http: client })).toMatchObject({
      remoteAddress: "127.0.0.1",
      secure: true,
      host: `localhost:${port}`,
      http: server === 2 ? "2" : "1.1",
      clientHttp: client === 2 ? "2" : "1.1",
    });
    expect(await statusFor(url, "https://evil.test", tls, { http: client })).toBe(403);
    expect(await statusFor(`${url}/nowhere`, origin, tls, { http: client })).toBe(404);
    expect(refused.map(({ status }) => status)).toEqual([403, 404]);
  });

  it("carries many WebSockets of one client over HTTP/2, each with its own messages", async () => {
    const { url, origin, tls } = await serveBehind(2);
    const all = await Promise.all(
      Array.from({ length: 50 }, () => connect(url, { origin, tls, http: 2 })),
    );
    expect(new Set(all.map(({ localPort }) => localPort)).size).toBe(1);
    await Promise.all(all.map((ws) => ws.receive()));
    for (const [i, ws] of all.entries()) await ws.send(`number ${i}`.repeat(1000));
    for (const [i, ws] of all.entries()) {
      expect(await ws.receive()).toBe(`number ${i}`.repeat(1000));
    }
    const ends = await Promise.all(all.map((ws, i) => ws.close(4000 + i)));
    expect(ends.map(({ code, clean }) => [code, clean])).toEqual(
      all.map((_, i) => [4000 + i, true]),
    );
  });

  it("passes on that a stream was reset, and 1001 of a server that shuts down", async () => {
    const { url, origin, tls, server } = await serveBehind(2);
    const open = () => connect(url, { origin, tls, http: 2 });
    const [reset, other] = [await open(), await open()];
    [...server.connections][0]?.terminate();
    expect(await reset.closed).toMatchObject({ code: 1006, clean: false });
    expect(other.state).toBe("open");
    await server.shutdown();
    expect(await other.closed).toMatchObject({ code: 1001, clean: true });
  });
});
