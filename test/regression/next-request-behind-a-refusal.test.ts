/**
 * A client that keeps a connection alive behind an answer which opens nothing sends its next request on it. The
 * suite read that request as the frame of an echo and failed the client for a WebSocket that it had not opened.
 */
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { type ClientTests, listen } from "../../src/conformance/listen.ts";

let tests: ClientTests | undefined;
afterEach(() => tests?.close());

const request = (target: string) =>
  [
    `GET ${target} HTTP/1.1`,
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "\r\n",
  ].join("\r\n");

it.each(["21.1.1", "21.1.12"])("is no echo (%s)", async (id) => {
  tests = await listen({ port: 0, cases: [id] });
  const socket = connect(tests.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(request("/runCase?case=1&agent=alive"));
  socket.once("data", () => socket.write(request("/runCase?case=2&agent=alive")));
  await new Promise((resolve) => socket.once("close", resolve));
  await expect.poll(() => tests?.results()).toMatchObject([{ id, behavior: "OK" }]);
});
