import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { connect } from "../../src/client/connect.ts";
import { HandshakeError } from "../../src/errors.ts";
import { deferred } from "../served.ts";
import { accepting, answering, field, Opened, open } from "./raw-server.ts";

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

/** An echo server of the package `ws`; returns its port. */
function echoServer(onOpen: (ws: WebSocket) => void = () => {}): Promise<number> {
  const http = createHttpServer();
  const server = new WebSocketServer({
    server: http,
    handleProtocols: (offered) => [...offered][1] ?? false,
  });
  server.on("connection", (ws) => {
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
    onOpen(ws);
  });
  return opened.listen(http);
}

/** Connects, and gives the error that comes of it. */
async function failure(...args: Parameters<typeof connect>): Promise<HandshakeError> {
  const error = await connect(...args).then(
    (ws) => {
      ws.terminate();
      return new Error("it connected");
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof HandshakeError)) throw error;
  return error;
}

describe("connect", () => {
  it("talks to a server", async () => {
    const ws = await connect(`ws://127.0.0.1:${await echoServer()}/`);
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    expect(await ws.close(1000)).toMatchObject({ code: 1000 });
  });

  it("ends TCP behind its Close where the server has, however long its consumer was at work", async () => {
    const closed = deferred<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      // A text, a Close, and the end of TCP.
      const behind = Buffer.from("810161" + "880203e8", "hex");
      answering((head) => {
        setImmediate(() => socket.end(behind));
        return accepting(head);
      })(socket);
      socket.on("end", () => closed.resolve(socket));
    });
    const port = await opened.listen(server);
    const ws = await connect(`ws://127.0.0.1:${port}/`, { closeTimeout: Infinity });
    const messages: unknown[] = [];
    for await (const message of ws) {
      messages.push(message);
      // Until the end of the server's side is known here.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await closed.promise;
    expect(messages).toEqual(["a"]);
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true, initiator: "peer" });
  });

  it("gives messages to a handler object, where there is one", async () => {
    const port = await echoServer((ws) => ws.send("first"));
    const calls: unknown[] = [];
    const closed = deferred<unknown[]>();
    const ws = await connect(`ws://127.0.0.1:${port}/`, {
      handler: {
        open: (ws) => calls.push("open", ws),
        message(ws, data) {
          calls.push(data);
          if (data === "first") ws.send(Buffer.from("second"));
          else ws.close(4000, "enough");
        },
        close: (_, code, reason) => closed.resolve([code, reason]),
      },
    });
    expect(calls.slice(0, 2)).toEqual(["open", ws]);
    expect(await closed.promise).toEqual([4000, "enough"]);
    expect(calls.slice(2)).toEqual(["first", Buffer.from("second")]);
    await expect(ws.receive()).rejects.toThrow("handler object");
  });

  it("closes with 1011 when that object throws, and warns", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const ws = await connect(`ws://127.0.0.1:${await echoServer((ws) => ws.send(""))}/`, {
      handler: {
        message() {
          throw new Error("thrown by a handler");
        },
      },
    });
    expect((await ws.closed).error?.message).toBe("thrown by a handler");
    expect((await warned).message).toBe("thrown by a handler");
  });

  it("takes a URL object, http: for ws:, and a host name", async () => {
    const port = await echoServer();
    for (const url of [new URL(`ws://127.0.0.1:${port}`), `http://localhost:${port}/`]) {
      await (await connect(url)).close();
    }
  });

  it("loses nothing of what the server sends right behind its response", async () => {
    const port = await opened.tcp(
      answering((head) =>
        Buffer.concat([Buffer.from(accepting(head)), Buffer.from("810161810162", "hex")]),
      ),
    );
    const ws = await connect(`ws://127.0.0.1:${port}/`);
    await new Promise((resolve) => setImmediate(resolve));
    expect([await ws.receive(), await ws.receive()]).toEqual(["a", "b"]);
    ws.terminate();
  });

  it("loses nothing when the server hangs up right behind that", async () => {
    const port = await opened.tcp((socket) => {
      answering((head) => {
        socket.end(Buffer.concat([Buffer.from(accepting(head)), Buffer.from("8101618800", "hex")]));
        return undefined;
      })(socket);
    });
    const ws = await connect(`ws://127.0.0.1:${port}/`);
    expect(await ws.receive()).toBe("a");
    expect(await ws.closed).toMatchObject({ code: 1005 });
  });

  it("sends what §4.1 wants, and the options", async () => {
    let request = "";
    const port = await opened.tcp(
      answering((head) => {
        request = head;
        return accepting(head, "Sec-WebSocket-Protocol: b");
      }),
    );
    const { socket, protocol } = await open(`ws://me:p%40w@127.0.0.1:${port}/a?b=c`, {
      protocols: ["a", "b"],
      origin: "https://example.com",
      headers: { "X-One": "1", "User-Agent": "test" },
      cookies: { sid: "7" },
    });
    socket.destroy();
    expect(protocol).toBe("b");
    expect(request).toMatch(/^GET \/a\?b=c HTTP\/1\.1\r\n/);
    expect(field(request, "Host")).toBe(`127.0.0.1:${port}`);
    expect(field(request, "Upgrade")).toBe("websocket");
    expect(field(request, "Connection")).toBe("Upgrade");
    expect(field(request, "Sec-WebSocket-Version")).toBe("13");
    expect(field(request, "Sec-WebSocket-Protocol")).toBe("a, b");
    expect(field(request, "Sec-WebSocket-Extensions")).toBeUndefined();
    expect(field(request, "Origin")).toBe("https://example.com");
    expect(field(request, "X-One")).toBe("1");
    expect(field(request, "User-Agent")).toBe("test");
    expect(field(request, "Cookie")).toBe("sid=7");
    expect(field(request, "Authorization")).toBe(`Basic ${btoa("me:p@w")}`);
    expect(Buffer.from(field(request, "Sec-WebSocket-Key") ?? "", "base64")).toHaveLength(16);
  });

  it("sends another key every time", async () => {
    const keys = new Set<string | undefined>();
    const port = await opened.tcp(
      answering((head) => {
        keys.add(field(head, "Sec-WebSocket-Key"));
        return accepting(head);
      }),
    );
    for (let i = 0; i < 3; i++) (await connect(`ws://127.0.0.1:${port}`)).terminate();
    expect(keys.size).toBe(3);
  });

  it("reports the subprotocol and the response", async () => {
    const ws = await connect(`ws://127.0.0.1:${await echoServer()}`, { protocols: ["a", "b"] });
    expect(ws.protocol).toBe("b");
    expect(ws.extensions).toBe("");
    expect(ws.response?.get("upgrade")).toBe("websocket");
    await ws.close();
  });

  it("connects to a Unix socket, by URL and by option", async () => {
    const folder = mkdtempSync(join(tmpdir(), "barewire-"));
    const path = join(folder, "a.sock");
    try {
      const requests: string[] = [];
      const http = createHttpServer().on("upgrade", (request) =>
        requests.push(String(request.url)),
      );
      const server = new WebSocketServer({ server: http });
      server.on("connection", (ws) => ws.send("hi"));
      await opened.listen(http, path);
      for (const [url, options] of [
        [`ws+unix:${path}:/chat?x=1`, {}],
        ["ws://example.com/other", { socketPath: path }],
      ] as const) {
        const ws = await connect(url, options);
        expect(await ws.receive()).toBe("hi");
        await ws.close();
      }
      expect(requests).toEqual(["/chat?x=1", "/other"]);
    } finally {
      await opened.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("resolves names with the given lookup and family", async () => {
    const asked: unknown[] = [];
    const ws = await connect(`ws://somewhere.example:${await echoServer()}`, {
      family: 4,
      lookup(host, options, callback) {
        asked.push([host, options.family]);
        // As dns.lookup has it: a list where all are asked for, else one address.
        if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
        else callback(null, "127.0.0.1", 4);
      },
    });
    expect(asked).toEqual([["somewhere.example", 4]]);
    await ws.close();
  });

  it("passes interim responses over", async () => {
    const port = await opened.tcp(
      answering((head) => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${accepting(head)}`),
    );
    (await connect(`ws://127.0.0.1:${port}`)).terminate();
    const interim = (count: number) => "HTTP/1.1 100 Continue\r\n\r\n".repeat(count);
    const eight = await opened.tcp(answering((head) => interim(8) + accepting(head)));
    (await connect(`ws://127.0.0.1:${eight}`)).terminate();
    const endless = await opened.tcp(answering((head) => interim(9) + accepting(head)));
    expect(await failure(`ws://127.0.0.1:${endless}`)).toMatchObject({
      code: "REFUSED",
      status: 100,
    });
  });

  it("rejects for a mistake before it opens anything", async () => {
    const port = await opened.tcp(() => expect.unreachable());
    const url = `ws://127.0.0.1:${port}`;
    const wrong = { code: "INVALID_ARGUMENT" };
    await expect(connect(`${url}/#a`)).rejects.toMatchObject(wrong);
    await expect(connect(url, { headers: { a: "b\r\nc: d" } })).rejects.toMatchObject(wrong);
    await expect(connect(url, { headers: { Host: "other" } })).rejects.toMatchObject(wrong);
    await expect(connect(url, { headers: { origin: "a" }, origin: "b" })).rejects.toMatchObject(
      wrong,
    );
    await expect(connect(url, { nonsense: 1 } as object)).rejects.toMatchObject(wrong);
    expect(opened.connections).toBe(0);
  });
});

describe("connect to a server that answers wrongly", () => {
  const answer = async (make: (head: string) => string | Buffer, options = {}) =>
    failure(`ws://127.0.0.1:${await opened.tcp(answering(make))}/`, options);

  it.each([
    [
      "a wrong accept key",
      (h: string) => accepting(h).replace(/(Accept: ).*/, "$1AAAA\r"),
      "Sec-WebSocket-Accept is",
    ],
    [
      "no accept key",
      (h: string) => accepting(h).replace(/Sec-.*\r\n/, ""),
      "Sec-WebSocket-Accept is missing",
    ],
    [
      "no Upgrade",
      (h: string) => accepting(h).replace(/Upgrade: .*\r\n/, ""),
      "Upgrade is missing",
    ],
    [
      "another Connection",
      (h: string) => accepting(h).replace(": Upgrade", ": close"),
      "Connection is",
    ],
    [
      "a subprotocol not offered",
      (h: string) => accepting(h, "Sec-WebSocket-Protocol: x"),
      "not offered",
    ],
    [
      "an extension not offered",
      (h: string) => accepting(h, "Sec-WebSocket-Extensions: x"),
      "not offered",
    ],
    ["HTTP/1.0", (h: string) => accepting(h).replace("/1.1", "/1.0"), "HTTP version is 1.0"],
    ["a bare LF", (h: string) => accepting(h).replaceAll("\r\n", "\n"), "bare LF"],
    ["no HTTP", () => "SSH-2.0-OpenSSH_9\r\n\r\n", "status line"],
  ])("finds %s", async (_, make, message) => {
    const error = await answer(make);
    expect(error.code).toBe("BAD_RESPONSE");
    expect(error.message).toContain(message);
    await opened.drained();
  });

  it("names all faults at once", async () => {
    const error = await answer(() => "HTTP/1.1 101 Fine\r\nX-A: b\r\n\r\n");
    expect(error).toMatchObject({ code: "BAD_RESPONSE", status: 101, headers: { "x-a": "b" } });
    expect(error.faults).toHaveLength(3);
  });

  it("stops at an oversized head", async () => {
    const long = () => `HTTP/1.1 101 x\r\nX: ${"y".repeat(20_000)}`;
    expect(await answer(long)).toMatchObject({
      code: "HEAD_TOO_LARGE",
      status: 0,
      message: expect.stringContaining("16384 bytes"),
    });
    expect(await answer((head) => accepting(head), { maxHeadSize: 50 })).toMatchObject({
      code: "HEAD_TOO_LARGE",
    });
    const many = (head: string) => accepting(head, ...Array<string>(100).fill("X: y"));
    expect(await answer(many)).toMatchObject({
      code: "HEAD_TOO_LARGE",
      message: expect.stringContaining("limit of 100"),
    });
    await opened.drained();
  });

  it("judges a response the same in any pieces", async () => {
    let pieces: number[] = [];
    const port = await opened.tcp((socket) => {
      answering((head) => {
        void sendInPieces(
          socket,
          Buffer.concat([Buffer.from(accepting(head)), Buffer.from("810161", "hex")]),
          pieces,
        );
        return undefined;
      })(socket);
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 140 }), { maxLength: 12 }),
        async (cuts) => {
          pieces = cuts;
          const ws = await connect(`ws://127.0.0.1:${port}`);
          expect(await ws.receive()).toBe("a");
          ws.terminate();
        },
      ),
      { numRuns: 30 },
    );
  });
});

async function sendInPieces(socket: Socket, bytes: Buffer, lengths: number[]): Promise<void> {
  let position = 0;
  for (const length of lengths) {
    socket.write(bytes.subarray(position, position + length));
    position += length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(bytes.subarray(position));
}

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
    expect(error).toMatchObject({ status: 403, body: "stop", headers: { "x-why": "no" } });
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
    expect((await refused(answer, end)).body).toBe(body);
  });

  it("keeps 4,096 bytes of the body, however it is framed", async () => {
    const long = "x".repeat(100_000);
    expect((await refused(`HTTP/1.1 404 x\r\n\r\n${long}`)).body).toBe("x".repeat(4096));
    const chunked = "HTTP/1.1 404 x\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect((await refused(`${chunked}186a0\r\n${long}`)).body).toBe("x".repeat(4096));
    const small = "1\r\nx\r\n".repeat(5000);
    expect((await refused(chunked + small)).body).toMatch(/^x{2000,4096}$/);
  });

  it("waits a second at most for the rest of a body", async () => {
    const error = await refused("HTTP/1.1 503 x\r\nRetry-After: 5\r\n\r\nso far");
    expect(error).toMatchObject({ status: 503, body: "so far", headers: { "retry-after": "5" } });
  });

  it("reports the refusal though the deadline comes before the body", async () => {
    const port = await opened.tcp(
      answering(() => "HTTP/1.1 401 x\r\nContent-Length: 9\r\n\r\nabc"),
    );
    const error = await failure(`ws://127.0.0.1:${port}/`, { handshakeTimeout: 300 });
    expect(error).toMatchObject({ code: "REFUSED", status: 401, body: "abc" });
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
    expect(error).toMatchObject({ code: "REFUSED", status: 404, body: "nothing here" });
  });
});

describe("connect without success", () => {
  it("says that nobody listens", async () => {
    const other = new Opened();
    const port = await other.tcp(() => {});
    await other.close();
    const error = await failure(`ws://127.0.0.1:${port}/`);
    expect(error).toMatchObject({
      code: "CONNECT_FAILED",
      status: 0,
      cause: { code: "ECONNREFUSED" },
    });
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  it("says that each address of a name failed", async () => {
    const other = new Opened();
    const port = await other.tcp(() => {});
    await other.close();
    const error = await failure(`ws://two.example:${port}/`, {
      lookup(_host, _options, callback) {
        callback(null, [
          { address: "127.0.0.1", family: 4 },
          { address: "127.0.0.2", family: 4 },
        ]);
      },
    });
    expect(error.code).toBe("CONNECT_FAILED");
    expect(error.message).toContain(`two.example:${port}`);
    expect(error.message).toContain("ECONNREFUSED 127.0.0.2");
  });

  it("says that a name does not resolve", async () => {
    const error = await failure("ws://nowhere.example/", {
      lookup(host, _options, callback) {
        callback(
          Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }),
          [],
        );
      },
    });
    expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ENOTFOUND" } });
    expect(error.message).toContain("nowhere.example:80");
  });

  it("names a Unix socket that is not there", async () => {
    const error = await failure("ws+unix:/nowhere/a.sock:/");
    expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ENOENT" } });
    expect(error.message).toContain("/nowhere/a.sock");
  });

  it.each([
    ["at once", (socket: Socket) => socket.end().resume()],
    ["after the request", (socket: Socket) => socket.on("data", () => socket.end())],
    ["with a reset", (socket: Socket) => socket.on("data", () => socket.resetAndDestroy())],
    ["within its head", (socket: Socket) => socket.end("HTTP/1.1 101 Swi").resume()],
  ])("says that the server hung up %s", async (_, serve) => {
    const port = await opened.tcp(serve);
    const error = await failure(`ws://127.0.0.1:${port}/`);
    expect(error).toMatchObject({ code: "CONNECTION_LOST", status: 0 });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    await opened.drained();
  });
});
