import { describe, expect, it } from "vitest";
import {
  type RefusedHandshake,
  Server,
  type ServerOptions,
  type TrustProxy,
  type TrustProxyOptions,
} from "../../../src/index.ts";
import { upgradeHead } from "../../raw-peer.ts";
import { serve } from "../../served.ts";

type Headers = Record<string, string | undefined>;

interface Believed {
  readonly status: number;
  readonly localPort?: number | undefined;
  readonly same?: readonly boolean[];
  readonly [name: string]: unknown;
}

/** What a server believes of a request that comes from this machine. */
async function believed(
  trustProxy: TrustProxy | TrustProxyOptions,
  headers: Headers,
  options: ServerOptions = {},
): Promise<Believed> {
  const { server, connect } = await serve(undefined, { trustProxy, origin: "*", ...options });
  server.handle("/x", {
    open(ws) {
      const { remoteAddress, remotePort, secure, host, url } = ws.request!;
      const same = [ws.remoteAddress === remoteAddress, ws.remotePort === remotePort];
      ws.send(JSON.stringify({ remoteAddress, remotePort, secure, host, url, same }));
    },
  });
  const peer = await connect();
  peer.write(upgradeHead("/x", { Host: "backend:8080", ...headers }));
  const { status } = await peer.readResponse();
  if (status !== 101) return { status };
  const facts = JSON.parse(await peer.readText()) as Believed;
  expect(facts.same).toEqual([true, true]);
  return { ...facts, status, localPort: peer.socket.localPort };
}

const FORWARDED = {
  "X-Forwarded-For": "192.0.2.1",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Host": "example.com",
};

describe("trustProxy", () => {
  it("believes nobody by default", async () => {
    const facts = await believed(false, FORWARDED);
    expect(facts).toMatchObject({
      remoteAddress: "127.0.0.1",
      remotePort: facts.localPort,
      secure: false,
      host: "backend:8080",
      url: "ws://backend:8080/x",
    });
  });

  it.each<[string, TrustProxy]>([
    ["true", true],
    ["1", 1],
    ["loopback", ["loopback"]],
    ["a range", ["10.0.0.0/8", "127.0.0.0/8"]],
  ])("(%s) believes the proxy that connects", async (_, trust) => {
    expect(await believed(trust, FORWARDED)).toMatchObject({
      remoteAddress: "192.0.2.1",
      secure: true,
      host: "example.com",
      url: "wss://example.com/x",
    });
  });

  it("believes no peer but those it names", async () => {
    expect(await believed(["192.0.2.7"], FORWARDED)).toMatchObject({
      remoteAddress: "127.0.0.1",
      secure: false,
      host: "backend:8080",
    });
  });

  it.each<[string, TrustProxy, string, string]>([
    ["as many proxies as are said to be there", 2, "203.0.113.9, 192.0.2.1, 10.0.0.5", "192.0.2.1"],
    ["one where there are more addresses", 1, "203.0.113.9, 192.0.2.1", "192.0.2.1"],
    [
      "proxies that it names, and no further",
      ["loopback", "private"],
      "203.0.113.9, 192.0.2.1, 10.0.0.5",
      "192.0.2.1",
    ],
    ["all that there is, where there are fewer", 3, "192.0.2.1", "192.0.2.1"],
    ["no further than where an address is none", 3, "192.0.2.1, unknown, 10.0.0.5", "10.0.0.5"],
  ])("believes %s", async (_, trust, addresses, expected) => {
    expect(await believed(trust, { "X-Forwarded-For": addresses })).toMatchObject({
      remoteAddress: expected,
    });
  });

  it("reads Forwarded where that is what the proxies set, and nothing else then", async () => {
    const Forwarded = 'for="[2001:db8::1]:4711";proto=https;host="example.com:8443"';
    const trust = { proxies: true, fields: "forwarded" } as const;
    expect(await believed(trust, { Forwarded, "X-Forwarded-For": "203.0.113.9" })).toMatchObject({
      remoteAddress: "2001:db8::1",
      remotePort: 4711,
      secure: true,
      host: "example.com:8443",
    });
    expect(await believed(true, { Forwarded })).toMatchObject({
      remoteAddress: "127.0.0.1",
      host: "backend:8080",
    });
  });

  it("works on a Unix socket, which is one of this machine", async () => {
    const { tmpdir } = await import("node:os");
    const path = `${tmpdir()}/barewire-trust-${process.pid}.sock`;
    const { open, server } = await serve({}, { trustProxy: ["loopback"] }, path);
    await open("/", FORWARDED);
    const [ws] = server.connections;
    expect(ws?.remoteAddress).toBe("192.0.2.1");
  });

  it.each([
    2.5,
    -1,
    "loopback",
    ["proxy.test"],
    { proxies: true, fields: "x" },
    { from: true },
    {},
    null,
  ])("of %j is refused at once", (trustProxy) => {
    if (trustProxy === null) return expect(() => new Server({ trustProxy } as never)).not.toThrow();
    expect(() => new Server({ trustProxy } as ServerOptions)).toThrow(/trustProxy/);
  });
});

describe("behind a trusted proxy", () => {
  const status = async (headers: Headers, options: ServerOptions = {}) =>
    (await believed(true, headers, { origin: "same-origin", ...options })).status;

  it("the origin is compared with what the browser has asked for", async () => {
    expect(await status({ ...FORWARDED, Origin: "https://example.com" })).toBe(101);
    expect(await status({ ...FORWARDED, Origin: "http://example.com" })).toBe(403);
    expect(await status({ ...FORWARDED, Origin: "https://backend:8080" })).toBe(403);
    const port = { ...FORWARDED, "X-Forwarded-Port": "8443" };
    expect(await status({ ...port, Origin: "https://example.com:8443" })).toBe(101);
    expect(await status({ ...port, Origin: "https://example.com" })).toBe(403);
  });

  it("a proxy that passes on Host, and says nothing of the scheme, is enough", async () => {
    // nginx with `proxy_set_header Host $host`, as most people write it.
    const nginx = { Host: "example.com", "X-Forwarded-For": "192.0.2.1" };
    expect(await status({ ...nginx, Origin: "https://example.com" })).toBe(101);
    expect(await status({ ...nginx, Origin: "http://example.com" })).toBe(101);
    expect(await status({ ...nginx, Origin: "https://evil.test" })).toBe(403);
  });

  it("hosts are those that the browser has asked for", async () => {
    const hosts = ["example.com"];
    expect(await status(FORWARDED, { hosts })).toBe(101);
    expect(await status({ ...FORWARDED, "X-Forwarded-Host": "evil.test" }, { hosts })).toBe(421);
  });

  it("the limits per address go by the client's, as does admit", async () => {
    const asked: (string | undefined)[] = [];
    const refused: RefusedHandshake[] = [];
    const { connect } = await serve(
      {},
      {
        trustProxy: ["loopback"],
        maxConnectionsPerAddress: 1,
        admit: (address) => asked.push(address) > 0,
        onRefused: (what) => void refused.push(what),
      },
    );
    for (const [address, admitted] of [
      ["192.0.2.1", true],
      ["192.0.2.2", true],
      ["192.0.2.1", false],
    ] as const) {
      const peer = await connect();
      peer.write(upgradeHead("/", { "X-Forwarded-For": address }));
      expect((await peer.readResponse()).status).toBe(admitted ? 101 : 429);
    }
    expect(asked).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(refused).toMatchObject([{ code: "TOO_MANY_FROM_ADDRESS", remoteAddress: "192.0.2.1" }]);
  });
});
