import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conform } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { EchoPeer } from "./reference/echo-peer.ts";

/** Malformed fields that `node:http2` drops in silence, where RFC 9113 §8.2.1 wants the stream reset. */
const LENIENT = ["26.2.14", "26.2.15", "26.2.16", "26.2.17"];

/** A WebSocket echo on the streams of another implementation of HTTP/2. */
function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.on("error", () => {});
  if (headers[":protocol"] !== "websocket" || headers["sec-websocket-version"] !== "13") {
    stream.respond(
      { ":status": headers[":protocol"] === "websocket" ? 400 : 501 },
      { endStream: true },
    );
    return;
  }
  stream.respond({ ":status": 200 });
  const transport = {
    cork: () => stream.cork(),
    uncork: () => stream.uncork(),
    write: (bytes: Buffer) => stream.write(bytes),
    destroy: () => stream.close(8),
    destroySoon: () => stream.end(),
  };
  const peer = new EchoPeer(transport, { isServer: true, faults: {}, deflate: undefined });
  stream.on("data", (chunk: Buffer) => peer.receive(chunk));
  stream.on("end", () => stream.end());
}

describe("conform() over HTTP/2 against node:http2", () => {
  let server: Http2Server;
  let url: string;
  const sessions = new Set<ServerHttp2Session>();

  beforeAll(async () => {
    server = createServer({ settings: { enableConnectProtocol: true } });
    server.on("stream", serve);
    server.on("session", (session) => sessions.add(session));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
  });

  afterAll(() => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });

  it("complains only of what it is known to let pass", { timeout: 120_000 }, async () => {
    const complaints: string[] = [];
    const cases = ["1.*", "5.*", "7.1.*", "9.1.3", "26.*"];
    for await (const result of conform(url, { http2: true, cases })) {
      if (severity(result) !== "ok") complaints.push(result.id);
    }
    expect(complaints.sort()).toEqual(LENIENT);
  });
});
