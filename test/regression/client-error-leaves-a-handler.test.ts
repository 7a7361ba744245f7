import { createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { connect, HandshakeError } from "../../src/index.ts";
import { upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

/** A server that answers whatever it is asked with these bytes. */
async function upstreamThatAnswers(answer: string): Promise<string> {
  const upstream = createServer((socket: Socket) => {
    socket.on("error", () => {}).once("data", () => socket.end(answer));
  });
  onTestFinished(() => void upstream.close());
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${(upstream.address() as { port: number }).port}/`;
}

// The error of a client's refused handshake carries the other server's answer, which was sent as the answer
// of this one, cookies and all. Only where that answer had fields such as Content-Length, which no handler may
// give, was it not.
it.each([
  ["that has fields of its own only", "HTTP/1.1 302 Found\r\n"],
  ["that has fields which no answer may be given", "HTTP/1.1 302 Found\r\nConnection: close\r\n"],
])(
  "answers 500 when a handler lets its client's error pass, of an upstream %s",
  async (_, line) => {
    const fields = "Location: https://login.test/\r\nSet-Cookie: session=secret\r\n";
    const url = await upstreamThatAnswers(`${line}${fields}\r\nnot you`);
    const { connect: open, errors } = await serve(async () => {
      await connect(url);
    });
    const peer = await open();
    peer.write(upgradeHead());
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(500);
    expect(`${response.head}${response.body}`).not.toMatch(/secret|login|not you/);
    expect(errors).toMatchObject([{ code: "REFUSED", status: 302, received: { headers: {} } }]);
  },
);

it("answers with an error that the handler has made of it", async () => {
  const url = await upstreamThatAnswers("HTTP/1.1 401 Unauthorized\r\n\r\n");
  const { connect: open, errors } = await serve(async () => {
    const error: unknown = await connect(url).catch((reason) => reason);
    if (error instanceof HandshakeError)
      throw new HandshakeError("UPSTREAM", "no", { status: 502 });
  });
  const peer = await open();
  peer.write(upgradeHead());
  expect((await peer.readResponse()).status).toBe(502);
  expect(errors).toEqual([]);
});

it("answers 500 when a handler throws an answer that cannot be sent", async () => {
  const error = new HandshakeError("MINE", "mine", { status: 401, headers: { Connection: "x" } });
  const { connect: open, errors } = await serve(async () => {
    throw error;
  });
  const peer = await open();
  peer.write(upgradeHead());
  expect((await peer.readResponse()).status).toBe(500);
  expect(errors).toEqual([error]);
});
