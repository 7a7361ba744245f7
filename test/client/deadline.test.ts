import { spawn } from "node:child_process";
import { getEventListeners } from "node:events";
import type { LookupFunction } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import type { HandshakeError } from "../../src/errors.ts";
// A client loads it when it goes through a proxy, and in a busy process that takes longer than these deadlines.
import "../../src/client/proxy/tunnel.ts";
import { accepting, answering, Opened } from "./raw-server.ts";

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

/** A server that says nothing. It reads, so it sees the client go. */
const silent = () => opened.tcp((socket) => socket.resume());

/** A resolver that never answers. */
const mute: LookupFunction = () => {};

/** Each phase in which a handshake can hang, and how its message names it. */
const PHASES: [string, () => Promise<[string, ConnectOptions]>, string][] = [
  ["DNS", async () => ["ws://slow.example/", { lookup: mute }], "the DNS lookup for slow.example"],
  [
    "DNS of the proxy",
    async () => ["ws://a.example/", { lookup: mute, proxy: "http://slow.example" }],
    "the DNS lookup of the proxy for slow.example",
  ],
  ["TLS", async () => [`wss://127.0.0.1:${await silent()}/`, {}], "TLS with 127.0.0.1:"],
  [
    "an HTTP proxy",
    async () => ["ws://a.example/", { proxy: `http://127.0.0.1:${await silent()}` }],
    "the proxy http://127.0.0.1:",
  ],
  [
    "TLS with a proxy",
    async () => ["ws://a.example/", { proxy: `https://127.0.0.1:${await silent()}` }],
    "TLS with the proxy https://127.0.0.1:",
  ],
  [
    "a SOCKS proxy",
    async () => ["ws://a.example/", { proxy: `socks5://127.0.0.1:${await silent()}` }],
    "the proxy socks5://127.0.0.1:",
  ],
  [
    "TLS behind a proxy",
    async () => {
      const port = await opened.tcp(answering(() => "HTTP/1.1 200 x\r\n\r\n"));
      return ["wss://a.example/", { proxy: `http://127.0.0.1:${port}` }];
    },
    "TLS with a.example:443",
  ],
  [
    "HTTP",
    async () => [`ws://127.0.0.1:${await silent()}/`, {}],
    "the opening handshake (HTTP) with 127.0.0.1:",
  ],
];

/** A signal that counts as unused when the attempt has let go of it. */
function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("handshakeTimeout", () => {
  it.each(PHASES)("ends a handshake that hangs in %s", async (_, make, phase) => {
    const [url, options] = await make();
    const { signal } = new AbortController();
    const error: HandshakeError = await connect(url, { ...options, signal, handshakeTimeout: 250 })
      .then(() => expect.unreachable())
      .catch((reason) => reason);
    expect(error).toMatchObject({ name: "HandshakeError", code: "HANDSHAKE_TIMEOUT", status: 0 });
    expect(error.message).toContain(`250 ms (handshakeTimeout); under way was ${phase}`);
    expect(listeners(signal)).toBe(0);
    await opened.drained();
  });

  it("is absolute: a response that dribbles in does not extend it", async () => {
    const port = await opened.tcp((socket) => {
      let sent = 0;
      const timer = setInterval(
        () => socket.write("HTTP/1.1 101 Switching Protocols"[sent++] ?? "x"),
        10,
      );
      socket.on("close", () => clearInterval(timer)).resume();
    });
    const started = performance.now();
    await expect(
      connect(`ws://127.0.0.1:${port}/`, { handshakeTimeout: 200 }),
    ).rejects.toMatchObject({
      code: "HANDSHAKE_TIMEOUT",
    });
    expect(performance.now() - started).toBeGreaterThan(190);
    await opened.drained();
  });

  it("covers all phases together", async () => {
    const port = await opened.tcp((socket) => {
      answering(() => {
        setTimeout(() => socket.write("HTTP/1.1 200 x\r\n\r\n"), 500);
        return undefined;
      })(socket);
    });
    const options = { proxy: `http://127.0.0.1:${port}`, handshakeTimeout: 1000 };
    const started = performance.now();
    await expect(connect("ws://a.example/", options)).rejects.toMatchObject({
      message: expect.stringContaining(
        "under way was the opening handshake (HTTP) with a.example:80",
      ),
    });
    // A deadline that began anew with each phase would have come at 1,500 ms at the earliest.
    expect(performance.now() - started).toBeLessThan(1490);
  });

  it("is over once connected", async () => {
    const port = await opened.tcp(answering(accepting));
    const { signal } = new AbortController();
    const ws = await connect(`ws://127.0.0.1:${port}/`, { handshakeTimeout: 150, signal });
    expect(listeners(signal)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ws.state).toBe("open");
    ws.terminate();
  });

  it("can be off", async () => {
    const port = await opened.tcp(answering(accepting));
    const handshakeTimeout = Number.POSITIVE_INFINITY;
    (await connect(`ws://127.0.0.1:${port}/`, { handshakeTimeout })).terminate();
  });
});

describe("signal", () => {
  const reason = new Error("changed my mind");

  it("ends the attempt before it begins", async () => {
    const port = await opened.tcp(() => expect.unreachable());
    const signal = AbortSignal.abort(reason);
    await expect(connect(`ws://127.0.0.1:${port}/`, { signal })).rejects.toBe(reason);
    expect(opened.connections).toBe(0);
  });

  it.each(PHASES)("ends an attempt that hangs in %s", async (_, make) => {
    const [url, options] = await make();
    const controller = new AbortController();
    const attempt = connect(url, { ...options, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(attempt).rejects.toBe(reason);
    expect(listeners(controller.signal)).toBe(0);
    await opened.drained();
  });

  it("ends an attempt that waits for the body of a refusal", async () => {
    const port = await opened.tcp(answering(() => "HTTP/1.1 403 x\r\n\r\n"));
    const signal = AbortSignal.timeout(100);
    const attempt = connect(`ws://127.0.0.1:${port}/`, { signal });
    await expect(attempt).rejects.toMatchObject({ name: "TimeoutError" });
    await opened.drained();
  });

  it("is without effect once connected", async () => {
    const port = await opened.tcp(answering(accepting));
    const controller = new AbortController();
    const ws = await connect(`ws://127.0.0.1:${port}/`, { signal: controller.signal });
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ws.state).toBe("open");
    ws.terminate();
  });
});

describe("a failed attempt", () => {
  it("leaves nothing behind that would keep the process running", async () => {
    const refusing = await opened.tcp(
      answering(() => "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n"),
    );
    const wrong = await opened.tcp(answering(() => "HTTP/1.1 101 x\r\n\r\n"));
    const hanging = await silent();
    const script = `
      import { connect } from ${JSON.stringify(new URL("../../src/client/connect.ts", import.meta.url))};
      const signal = AbortSignal.timeout(100);
      const outcomes = await Promise.allSettled([
        connect("ws://127.0.0.1:${refusing}/", { handshakeTimeout: 600000 }),
        connect("ws://127.0.0.1:${wrong}/", { handshakeTimeout: 600000 }),
        connect("ws://127.0.0.1:${hanging}/", { handshakeTimeout: 600000, signal }),
        connect("wss://127.0.0.1:${hanging}/", { handshakeTimeout: 100 }),
        connect("ws://a.example/", { handshakeTimeout: 100, proxy: "socks5://127.0.0.1:${hanging}" }),
      ]);
      console.log(outcomes.map(({ reason }) => reason.code).join());`;
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", script],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    // It must end by itself: the test times out if it does not.
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(output.trim()).toBe("REFUSED,BAD_RESPONSE,23,HANDSHAKE_TIMEOUT,HANDSHAKE_TIMEOUT");
    expect(status).toBe(0);
    await opened.drained();
  });
});
