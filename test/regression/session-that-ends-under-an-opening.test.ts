import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";

/** A server whose first session ends as `end` has it when its second stream comes. */
async function startServer(end: (session: ServerHttp2Session) => void) {
  const sessions: ServerHttp2Session[] = [];
  const server = createServer({ settings: { enableConnectProtocol: true } });
  server.on("session", (session) => {
    sessions.push(session.on("error", () => {}));
    let streams = 0;
    session.on("stream", (stream) => {
      stream.on("error", () => {});
      if (sessions.length === 1 && ++streams === 2) end(session);
      else stream.respond({ ":status": 200 });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = async () => {
    const ws = await connect(url, { http: 2 });
    onTestFinished(() => ws.terminate());
    return ws;
  };
  return { open, sessions };
}

it.each([
  ["breaks", (session: ServerHttp2Session) => session.destroy()],
  // RFC 9113 §6.8: the second stream has not been looked at.
  ["says GOAWAY", (session: ServerHttp2Session) => session.goaway(0, 1)],
  ["says GOAWAY with an error", (session: ServerHttp2Session) => session.goaway(2, 1)],
])("a session that others have used %s: the opening goes to a new one", async (_, end) => {
  const { open, sessions } = await startServer(end);
  expect((await open()).state).toBe("open");
  expect((await open()).state).toBe("open");
  expect(sessions).toHaveLength(2);
});

it("a new session that ends is an error", async () => {
  const { open, sessions } = await startServer(() => {});
  const server = createServer({ settings: { enableConnectProtocol: true } });
  let asked = 0;
  server.on("session", (session) => void session.on("error", () => {}));
  server.on("stream", (stream) => {
    asked++;
    stream.on("error", () => {}).session?.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(connect(url, { http: 2 })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  expect(asked).toBe(1);
  expect((await open()).state).toBe("open");
  expect(sessions).toHaveLength(1);
});
