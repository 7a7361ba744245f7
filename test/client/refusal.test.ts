import { createServer as createHttpServer } from "node:http";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HandshakeError } from "../../src/errors.ts";
import { answering, failure, Opened, sendInPieces } from "./raw-server.ts";

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

const bodyOf = (error: HandshakeError) => error.received?.body.toString();

describe("connect to a server that refuses", () => {
  const refused = async (answer: string | Buffer, end = false) => {
    const port = await opened.tcp((socket) => {
      answering(() => {
        if (end) socket.end(answer);
        else socket.write(answer);
        return undefined;
      })(socket);
    });
    const error = await failure(`ws://127.0.0.1:${port}/`, { handshakeTimeout: 60_000 });
    await opened.drained();
    expect(error.code).toBe("REFUSED");
    return error;
  };

  it("gives status, header fields and body", async () => {
    const error = await refused(
      "HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 4\r\n\r\nstop-not this",
    );
    expect(error).toMatchObject({ status: 403, body: "", headers: {} });
    expect(error.received).toMatchObject({ status: 403, statusText: "Forbidden" });
    expect(error.received?.headers.get("X-Why")).toBe("no");
    expect(error.received?.body.toString()).toBe("stop");
    expect(error.message).toMatch(
      /^ws:\/\/127\.0\.0\.1:\d+ refused the opening handshake: 403 "Forbidden"$/,
    );
  });

  it.each([
    ["up to the end of the connection", "HTTP/1.1 400 x\r\n\r\nall of it", true, "all of it"],
    ["of no length", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, ""],
    [
      "in chunks",
      "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=f\r\nde\r\n0\r\n\r\n",
      false,
      "abcde",
    ],
    [
      "in chunks beside a length, which means nothing then (RFC 9112 §6.3)",
      "HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      false,
      "abc",
    ],
    ["cut off", "HTTP/1.1 500 x\r\nContent-Length: 99\r\n\r\nabc", true, "abc"],
    ["in UTF-8", "HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\né", false, "é"],
  ])("reads a body %s", async (_, answer, end, body) => {
    expect(bodyOf(await refused(answer, end))).toBe(body);
  });

  it("keeps 4,096 bytes of the body, however it is framed", async () => {
    const long = "x".repeat(100_000);
    expect(bodyOf(await refused(`HTTP/1.1 404 x\r\n\r\n${long}`))).toBe("x".repeat(4096));
    const chunked = "HTTP/1.1 404 x\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(bodyOf(await refused(`${chunked}186a0\r\n${long}`))).toBe("x".repeat(4096));
    const small = "1\r\nx\r\n".repeat(5000);
    expect(bodyOf(await refused(chunked + small))).toBe("x".repeat(4096));
  });

  it("keeps each line of a field for itself", async () => {
    const cookies = ["a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "b=2"];
    const lines = cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join("");
    const error = await refused(`HTTP/1.1 403 x\r\n${lines}Content-Length: 0\r\n\r\n`);
    expect(error.received?.headers.getAll("set-cookie")).toEqual(cookies);
  });

  it.each([0, 1, 70_000, Number.POSITIVE_INFINITY])(
    "keeps as many bytes of the body as the caller wants: %d",
    async (maxRefusalBody) => {
      const body = Buffer.alloc(300_000, "\x00\xfeaé€");
      const http = createHttpServer((_, response) => {
        response.writeHead(500);
        // In chunks, of whatever length.
        for (let at = 0; at < body.length; at += 7001) response.write(body.subarray(at, at + 7001));
        response.end();
      });
      const error = await failure(`ws://127.0.0.1:${await opened.listen(http)}/`, {
        maxRefusalBody,
      });
      expect(error.received?.body).toEqual(body.subarray(0, maxRefusalBody));
    },
  );

  it("takes the framing off in any pieces", async () => {
    const framed = Buffer.from("3;a=b\r\nabc\r\nA\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\nmore");
    const head = "HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let pieces: number[] = [];
    const port = await opened.tcp((socket) => {
      answering(() => {
        socket.write(head);
        void sendInPieces(socket, framed, pieces);
        return undefined;
      })(socket);
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 }),
        async (lengths) => {
          pieces = lengths;
          expect(bodyOf(await failure(`ws://127.0.0.1:${port}/`))).toBe("abc0123456789x");
        },
      ),
      { numRuns: 20 },
    );
  });

  it("reads no endless framing", async () => {
    const chunked = "HTTP/1.1 404 x\r\nTransfer-Encoding: chunked\r\n\r\n";
    const error = await refused(`${chunked}1;${"x".repeat(20_000)}`);
    expect(bodyOf(error)).toBe("");
  });

  it("waits a second at most for the rest of a body", async () => {
    const error = await refused("HTTP/1.1 503 x\r\nRetry-After: 5\r\n\r\nso far");
    expect(bodyOf(error)).toBe("so far");
    expect(error.received?.headers.get("retry-after")).toBe("5");
  });

  it("reports the refusal though the deadline comes before the body", async () => {
    const port = await opened.tcp(
      answering(() => "HTTP/1.1 401 x\r\nContent-Length: 9\r\n\r\nabc"),
    );
    const error = await failure(`ws://127.0.0.1:${port}/`, { handshakeTimeout: 300 });
    expect(error).toMatchObject({ code: "REFUSED", status: 401 });
    expect(bodyOf(error)).toBe("abc");
    await opened.drained();
  });

  it("does not follow a redirect, and says where it led", async () => {
    const error = await refused(
      "HTTP/1.1 302 Found\r\nLocation: ws://b/\r\nContent-Length: 0\r\n\r\n",
    );
    expect(error.message).toContain('302 "Found"; Location is "ws://b/", which is not followed');
  });

  it("takes the answer of an HTTP server", async () => {
    const port = await opened.listen(
      createHttpServer((_, response) => response.writeHead(404).end("nothing here")),
    );
    const error = await failure(`ws://127.0.0.1:${port}/`);
    expect(error).toMatchObject({ code: "REFUSED", status: 404 });
    expect(bodyOf(error)).toBe("nothing here");
  });
});
