import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer } from "node:http";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import {
  HandshakeError,
  type RefusedHandshake,
  type RequestHandler,
  type ServerOptions,
} from "../../src/index.ts";
import { type RawPeer, upgradeHead } from "../raw-peer.ts";
import { deferred, serve, serveAttached, until } from "../served.ts";

/** What a server's `onRefused` is told. */
function watched(options: ServerOptions = {}): {
  options: ServerOptions;
  refused: RefusedHandshake[];
} {
  const refused: RefusedHandshake[] = [];
  return { refused, options: { ...options, onRefused: (what) => void refused.push(what) } };
}

/** Serves `/rooms/:room` and does `act` to it, until one handshake was refused. */
async function refusalOf(
  act: (peer: RawPeer) => unknown,
  options: ServerOptions = {},
  handler: RequestHandler = (request) => request.upgrade(),
): Promise<RefusedHandshake> {
  const { refused, options: all } = watched(options);
  const { server, connect } = await serve(undefined, all);
  server.handle("/rooms/:room", handler);
  const peer = await connect();
  await act(peer);
  await until(() => refused.length > 0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(refused).toHaveLength(1);
  return refused[0]!;
}

const asking =
  (target: string, headers: Record<string, string | undefined> = {}) =>
  (peer: RawPeer) =>
    peer.write(upgradeHead(target, headers));

describe("onRefused is told of a handshake", () => {
  it("with all its faults, its head, its address and its route", async () => {
    const headers = { "Sec-WebSocket-Key": "short", Connection: "close", "User-Agent": "probe" };
    const refused = await refusalOf(asking("/rooms/a?b", headers));
    expect(refused).toMatchObject({
      code: "BAD_REQUEST",
      status: 400,
      route: "/rooms/:room",
      remoteAddress: "127.0.0.1",
      error: undefined,
      message: expect.stringMatching(
        /^not a valid WebSocket request: Connection .*; Sec-WebSocket-Key/,
      ),
    });
    expect(refused.faults.map(({ status }) => status)).toEqual([400, 400]);
    expect(refused.head?.target).toBe("/rooms/a?b");
    expect(refused.head?.fields.get("user-agent")).toBe("probe");
  });

  it.each<[string, string, number, (peer: RawPeer) => unknown, ServerOptions]>([
    [
      "for another version",
      "BAD_REQUEST",
      426,
      asking("/rooms/a", { "Sec-WebSocket-Version": "8" }),
      {},
    ],
    ["without a route", "NO_ROUTE", 404, asking("/nowhere"), {}],
    ["of a foreign page", "ORIGIN_REFUSED", 403, asking("/rooms/a", { Origin: "http://b" }), {}],
    ["for another host", "HOST_REFUSED", 421, asking("/rooms/a"), { hosts: ["a.test"] }],
    ["with a large head", "HEAD_TOO_LARGE", 431, asking("/rooms/a"), { maxHeadSize: 100 }],
    ["with many fields", "HEAD_TOO_LARGE", 431, asking("/rooms/a"), { maxHeadFields: 2 }],
    ["that takes too long", "HANDSHAKE_TIMEOUT", 408, () => {}, { handshakeTimeout: 30 }],
    ["that is no HTTP", "NOT_HTTP", 400, (peer) => peer.write("HELO x\r\n"), {}],
    ["of an address that is not admitted", "NOT_ADMITTED", 429, () => {}, { admit: () => false }],
    ["beyond maxConnections", "TOO_MANY_CONNECTIONS", 503, () => {}, { maxConnections: 0 }],
    [
      "beyond an address's share",
      "TOO_MANY_FROM_ADDRESS",
      429,
      () => {},
      { maxConnectionsPerAddress: 0 },
    ],
  ])("%s: %s, %i", async (_, code, status, act, options) => {
    const refused = await refusalOf(act, options);
    expect([refused.code, refused.status]).toEqual([code, status]);
    expect(refused.remoteAddress).toBe("127.0.0.1");
    expect(refused.message).not.toBe("");
  });

  it("with its head as far as it has come", async () => {
    const partial = await refusalOf((peer) => peer.write("GET /rooms/a HTTP/1.1\r\nHost: a.t"), {
      handshakeTimeout: 50,
    });
    expect(partial.head).toMatchObject({ method: "GET", target: "/rooms/a" });
    expect(partial.head?.faults).not.toEqual([]);
    const large = await refusalOf(asking("/rooms/a"), { maxHeadSize: 40 });
    expect(large.head).toMatchObject({ method: "GET", target: "/rooms/a" });
    const nothing = await refusalOf(() => {}, { handshakeTimeout: 30 });
    expect(nothing.head).toBeUndefined();
  });

  const asked = asking("/rooms/a");
  const oops = new Error("oops");
  it.each<[string, object, RequestHandler]>([
    ["was rejected", { code: "REJECTED", status: 402 }, (request) => request.reject(402)],
    [
      "was answered by an error",
      { code: "NO_SEATS", status: 409, message: "all taken" },
      () => {
        throw new HandshakeError("NO_SEATS", "all taken", { status: 409 });
      },
    ],
    [
      "has a handler that failed",
      { code: "HANDLER_FAILED", status: 500, error: oops },
      async () => {
        throw oops;
      },
    ],
    ["has a handler that forgot it", { code: "HANDLER_FAILED", status: 500 }, () => {}],
  ])("that %s", async (_, expected, handler) => {
    const refused = await refusalOf(asked, { onError() {} }, handler);
    expect(refused).toMatchObject({ ...expected, route: "/rooms/:room" });
  });

  it("whose peer has left, if it has said anything", async () => {
    const thinking = deferred();
    const refused = await refusalOf(
      async (peer) => {
        peer.write(upgradeHead("/rooms/a"));
        await thinking.promise;
        peer.reset();
      },
      {},
      async () => {
        thinking.resolve();
        await new Promise(() => {});
      },
    );
    expect(refused).toMatchObject({ code: "CONNECTION_LOST", status: 0, route: "/rooms/:room" });
    const half = await refusalOf((peer) => {
      peer.write("GET / HT");
      peer.socket.end();
    });
    expect(half).toMatchObject({ code: "CONNECTION_LOST", status: 0 });
    const { options, refused: none } = watched();
    const { connect } = await serve(undefined, options);
    (await connect()).destroy();
    const last = await connect();
    last.write("x y\r\n");
    await last.readResponse();
    expect(none.map(({ code }) => code)).toEqual(["NOT_HTTP"]);
  });

  it("that was under way at a shutdown", async () => {
    const { options, refused } = watched();
    const { connect, server } = await serve(undefined, options);
    const peer = await connect();
    peer.write("GET / HT");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const done = server.shutdown({ timeout: 1000 });
    expect((await peer.readResponse()).status).toBe(503);
    peer.destroy();
    await done;
    expect(refused).toMatchObject([{ code: "SHUTTING_DOWN", status: 503 }]);
  });

  it("of an attached server", async () => {
    const { options, refused } = watched();
    const { connect } = await serveAttached(createServer(), {}, options);
    const peer = await connect();
    peer.write(upgradeHead("/ws", { Origin: "http://evil.test" }));
    await peer.readResponse();
    expect(refused).toMatchObject([
      { code: "ORIGIN_REFUSED", status: 403, route: "/ws", remoteAddress: "127.0.0.1" },
    ]);
  });
});

describe("onRefused is told of a TLS handshake", () => {
  const tls = selfSignedCertificate();
  const target = { port: 0, host: "127.0.0.1", tls };

  it.each<[string, object, RegExp]>([
    // A client of Node's leaves without an alert.
    ["with a certificate that it does not know", {}, /left|alert|disconnected/],
    [
      "without a protocol in common",
      { ca: tls.cert, ALPNProtocols: ["h2"] },
      /alpn|application protocol/i,
    ],
    [
      "of an old version",
      { ca: tls.cert, maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" },
      /version|protocol/i,
    ],
  ])("%s", async (_, client, message) => {
    const { options, refused } = watched();
    const { address } = await serve({}, options, target);
    const socket = connectTls({ port: address.port, host: "127.0.0.1", ...client });
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    await until(() => refused.length > 0);
    expect(refused).toMatchObject([{ code: "TLS_FAILED", status: 0, remoteAddress: "127.0.0.1" }]);
    expect(refused[0]?.message).toMatch(message);
  });

  it("that never ends, or is none", async () => {
    const { options, refused } = watched({ handshakeTimeout: 50 });
    const { connect } = await serve({}, options, target);
    const silent = await connect();
    await silent.untilEnded();
    expect(refused.splice(0)).toMatchObject([{ code: "HANDSHAKE_TIMEOUT", status: 0 }]);
    const plain = await connect();
    plain.write(upgradeHead());
    await plain.untilEnded();
    await until(() => refused.length > 0);
    expect(refused).toMatchObject([{ code: "TLS_FAILED", status: 0 }]);
  });

  it("but not of a peer that only looks whether somebody listens", async () => {
    const { options, refused } = watched();
    const { connect } = await serve({}, options, target);
    (await connect()).destroy();
    const plain = await connect();
    plain.write("x");
    plain.socket.end();
    await until(() => refused.length > 0);
    expect(refused).toHaveLength(1);
  });
});

describe("the channel barewire:handshake:refused", () => {
  it("is told the same", async () => {
    const published: unknown[] = [];
    const note = (message: unknown) => void published.push(message);
    subscribe("barewire:handshake:refused", note);
    onTestFinished(() => void unsubscribe("barewire:handshake:refused", note));
    const refused = await refusalOf(asking("/nowhere"));
    expect(published).toEqual([refused]);
  });
});

describe("an onRefused that fails", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("oops");
      },
    ],
    ["rejects", () => Promise.reject(new Error("oops"))],
  ])("(it %s) is reported, and harms nothing", async (_, onRefused) => {
    const { connect, errors } = await serve({}, { onRefused });
    const peer = await connect();
    peer.write(upgradeHead("/nowhere"));
    expect((await peer.readResponse()).status).toBe(404);
    await until(() => errors.length > 0);
    expect(errors).toMatchObject([{ message: "oops" }]);
    await (await connect()).upgrade();
  });
});
