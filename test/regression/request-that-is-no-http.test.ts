import { describe, expect, it } from "vitest";
import { serve } from "../served.ts";

// What was no HTTP was noticed at the empty line that ends a head, which never came: 408 after 10 s.

describe("what is no HTTP", () => {
  it.each([
    ["a greeting of mail", "EHLO mail.example.com\r\n"],
    ["a greeting that ends with a bare LF", "HELO x\n"],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["JSON", '{"type":"hello"}'],
    ["frames without an opening handshake", Buffer.from([0x81, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9])],
    ["a request of HTTP/0.9", "GET /\r\n"],
    ["a version of something else", "GET / FTP/1.0"],
  ])("(%s) is refused with 400 as soon as it shows", { timeout: 5000 }, async (_, bytes) => {
    const { connect } = await serve({}, { handshakeTimeout: 60_000 });
    const peer = await connect();
    peer.write(bytes);
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(400);
    expect(response.body).toMatch(/request line .* is malformed \(RFC 9112 §3\)/);
    await peer.untilEnded();
  });

  it("is refused when it comes a byte at a time", { timeout: 5000 }, async () => {
    const { connect } = await serve({}, { handshakeTimeout: 60_000 });
    const peer = await connect();
    for (const byte of Buffer.from("USER anonymous 0 * :x\r\n")) {
      if (peer.ended) break;
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await peer.readResponse()).status).toBe(400);
  });
});
