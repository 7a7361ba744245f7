import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { Opened } from "../client/raw-server.ts";

// What is no HTTP was noticed when its head had ended, which it never does: at handshakeTimeout.
let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

/** The attempts have no deadline: they must end by what the server has sent. */
const handshakeTimeout = Number.POSITIVE_INFINITY;

describe("an answer that is no HTTP is refused at once", () => {
  it.each([
    ["220 mail ESMTP\r\n", "220 mail ESMTP"],
    ["2", "2"],
    ["\r\n* OK IMAP4rev1", "* OK IMAP4rev1"],
    ["HTTP/1.1\r\n", "HTTP/1.1"],
  ])("%j", async (banner, shown) => {
    const port = await opened.tcp((socket) => socket.resume().write(banner));
    const attempt = connect(`ws://127.0.0.1:${port}/`, { handshakeTimeout });
    await expect(attempt).rejects.toMatchObject({
      code: "BAD_RESPONSE",
      status: 0,
      message: expect.stringContaining(`"${shown}`),
    });
    await opened.drained();
  });

  it("by a proxy", async () => {
    const port = await opened.tcp((socket) => socket.resume().write("220 mail ESMTP\r\n"));
    const proxy = `http://127.0.0.1:${port}`;
    await expect(connect("ws://a.example/", { proxy, handshakeTimeout })).rejects.toMatchObject({
      code: "PROXY_FAILED",
      message: expect.stringContaining('begins with "220 mail ESMTP'),
    });
  });

  it("by a server that speaks TLS", async () => {
    // RFC 8446 §5.1, §6.2: a fatal alert, "unexpected message".
    const alert = Buffer.from("15030300020250", "hex");
    const port = await opened.tcp((socket) => socket.once("data", () => socket.write(alert)));
    await expect(connect(`ws://127.0.0.1:${port}/`, { handshakeTimeout })).rejects.toMatchObject({
      code: "BAD_RESPONSE",
      message: expect.stringContaining("is it a wss: server?"),
    });
  });
});
