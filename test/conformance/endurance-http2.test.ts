import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { conform } from "../../src/conformance/conform.ts";
import {
  encodeHttp2Frame,
  FLAG,
  SETTING,
  settingsPayload,
  TYPE,
  uint32,
} from "../../src/conformance/http2/frame.ts";
import { encodeFields } from "../../src/conformance/http2/hpack.ts";
import { resultOf } from "../../src/conformance/result.ts";
import { attemptServer } from "../../src/conformance/run/attempt.ts";
import { numberOf, select } from "../../src/conformance/selection.ts";
import { testeeFrom } from "../../src/conformance/testee.ts";
import { startHttp2Server } from "./reference/http2-server.ts";
import { startReferenceServer } from "./reference/reference-server.ts";

const CASES = ["1.1.1", "9.1.1", "24.5.1", "25.6", "26.1.1", "26.1.2", "26.4.1", "26.5.1"];

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A server that does anything on a connection; resolves with its URL. */
async function serve(act: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.resume();
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

function forever(socket: Socket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes)) {
      // Until the socket is full.
    }
  };
  socket.on("drain", more);
  more();
}

const frame = (type: number, flags: number, stream: number, payload: Buffer) =>
  encodeHttp2Frame({ type, flags, stream, payload });
const settings = frame(TYPE.settings, 0, 0, settingsPayload([[SETTING.enableConnect, 1]]));
const answer = frame(TYPE.headers, FLAG.endHeaders, 1, encodeFields([[":status", "200"]]));
const many = (bytes: Buffer) => Buffer.alloc(Math.ceil(4096 / bytes.length) * bytes.length, bytes);

/** After SETTINGS, or instead of them, these come without end. */
const FLOODS: readonly (readonly [string, readonly Buffer[], Buffer])[] = [
  ["zeros", [], Buffer.alloc(4096)],
  ["text", [], Buffer.alloc(4096, "HTTP/1.1 400 Bad Request\r\n")],
  ["SETTINGS", [], many(settings)],
  ["PING", [settings], many(frame(TYPE.ping, 0, 0, Buffer.alloc(8)))],
  ["PING, open", [settings, answer], many(frame(TYPE.ping, 0, 0, Buffer.alloc(8)))],
  ["empty DATA", [settings, answer], many(frame(TYPE.data, 0, 1, Buffer.alloc(0)))],
  ["WebSocket Pings", [settings, answer], many(frame(TYPE.data, 0, 1, Buffer.from([0x89, 0])))],
  ["WINDOW_UPDATE", [settings, answer], many(frame(TYPE.windowUpdate, 0, 1, uint32(2 ** 31 - 1)))],
  ["CONTINUATION", [settings], many(frame(TYPE.headers, 0, 1, Buffer.from([0x82])))],
  [
    "nonsense for HPACK",
    [settings],
    many(frame(TYPE.headers, FLAG.endHeaders, 1, Buffer.alloc(9, 255))),
  ],
  ["unknown frames", [settings, answer], many(frame(0xee, 255, 7, Buffer.alloc(100)))],
];

async function behaviors(url: string): Promise<string[]> {
  const cases = select({ cases: CASES }, "server", "2");
  const testee = testeeFrom(url, { http2: true });
  const options = { timeout: 4000, scale: { full: false }, busyWait: 1000 };
  return Promise.all(
    cases.map(async (testCase) => {
      const subject = { number: numberOf(testCase), agent: "wild" };
      const sighting = await attemptServer(testee, testCase, options);
      const { behavior, behaviorClose, id } = resultOf(testCase, subject, sighting);
      return `${id} ${behavior} ${behaviorClose}`;
    }),
  );
}

describe("a server over HTTP/2 that", () => {
  it.each(FLOODS)(
    "sends %s without end passes no case",
    { timeout: 180_000 },
    async (_name, first, flood) => {
      const url = await serve((socket) => {
        for (const bytes of first) socket.write(bytes);
        forever(socket, flood);
      });
      const list = await behaviors(url);
      expect(list.length).toBe(CASES.length);
      expect(list.filter((line) => / OK OK$/.test(line) && !line.startsWith("26.1.1 "))).toEqual(
        [],
      );
    },
  );

  it.each([
    ["closes at once", (socket: Socket) => socket.destroy()],
    ["closes after its settings", (socket: Socket) => socket.end(settings)],
    ["accepts and says nothing", () => {}],
    ["says nothing after its settings", (socket: Socket) => socket.write(settings)],
    [
      "answers and says nothing more",
      (socket: Socket) => socket.write(Buffer.concat([settings, answer])),
    ],
  ] as const)("%s passes no case", { timeout: 180_000 }, async (_name, act) => {
    const list = await behaviors(await serve(act));
    expect(list.filter((line) => / OK OK$/.test(line) && !line.startsWith("26.1.1 "))).toEqual([]);
  });
});

describe("conform() over HTTP/2", () => {
  it("rejects when the server speaks HTTP/1.1 only, and says what was tried", async () => {
    const server = await startReferenceServer();
    closers.push(() => server.close());
    const run = conform(server.url, { http2: true }).next();
    await expect(run).rejects.toThrow(/tried HTTP\/2 with prior knowledge over TCP to 127.0.0.1/);
    await expect(run).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("asks for h2 by ALPN over TLS, and says so when it is not chosen", async () => {
    const certificate = selfSignedCertificate(["127.0.0.1"]);
    const options = { http2: true, ca: certificate.cert, cases: ["1.1.1", "26.1.2"] };
    const server = await startHttp2Server({}, certificate);
    closers.push(() => server.close());
    const verdicts: string[] = [];
    for await (const { id, behavior } of conform(server.url, options)) {
      verdicts.push(`${id} ${behavior}`);
    }
    expect(verdicts.sort()).toEqual(["1.1.1 OK", "26.1.2 OK"]);
    const old = createTlsServer({ ...certificate }, (socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
    closers.push(() => new Promise((resolve) => old.close(resolve)));
    const { port } = old.address() as { port: number };
    const run = conform(`wss://127.0.0.1:${port}/`, options).next();
    await expect(run).rejects.toThrow(/tried HTTP\/2 by ALPN over TLS .* did not choose h2/);
  });

  it("rejects when extended CONNECT is refused, and says what the settings lack", async () => {
    const server = await startHttp2Server({ announcesNothing: true, opensNever: true });
    closers.push(() => server.close());
    const run = conform(server.url, { http2: true }).next();
    await expect(run).rejects.toThrow(/"HTTP\/2 403"; its SETTINGS do not announce/);
  });
});
