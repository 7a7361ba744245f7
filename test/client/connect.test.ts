import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { connect } from "../../src/client/connect.ts";
import { deferred } from "../served.ts";
import { accepting, answering, failure, field, Opened, open } from "./raw-server.ts";

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

  it("gives the connection the caller's data before its handler is called", async () => {
    const seen: string[] = [];
    const ws = await connect<{ name: string }>(`ws://127.0.0.1:${await echoServer()}/`, {
      data: { name: "me" },
      handler: { open: (ws) => seen.push(ws.data.name) },
    });
    expect([...seen, ws.data.name]).toEqual(["me", "me"]);
    await ws.close();
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
    const { stream, protocol } = await open(`ws://me:p%40w@127.0.0.1:${port}/a?b=c`, {
      protocols: ["a", "b"],
      origin: "https://example.com",
      headers: { "X-One": "1", "User-Agent": "test" },
      cookies: { sid: "7" },
    });
    stream.destroy();
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

  it("sends a Host header of the caller's in the place of the URL's", async () => {
    let request = "";
    const port = await opened.tcp(
      answering((head) => {
        request = head;
        return accepting(head);
      }),
    );
    for (const name of ["Host", "host"]) {
      const ws = await connect(`ws://127.0.0.1:${port}/`, { headers: { [name]: "a.example:8" } });
      expect(request.match(/^host: .*\r$/gim)).toEqual(["Host: a.example:8\r"]);
      ws.terminate();
    }
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
    await expect(connect(url, { headers: { Host: "a b" } })).rejects.toMatchObject(wrong);
    await expect(connect(url, { headers: { origin: "a" }, origin: "b" })).rejects.toMatchObject(
      wrong,
    );
    await expect(connect(url, { nonsense: 1 } as object)).rejects.toMatchObject(wrong);
    expect(opened.connections).toBe(0);
  });
});
