import { once } from "node:events";
import { Agent, createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ClientOptions, WebSocket, WebSocketServer } from "../../src/ws/ws.ts";
import { couple, ended, HOST, portOf, serve } from "./serve.ts";

/** A server of plain HTTP. */
async function answering(listener: RequestListener): Promise<string> {
  const http = createServer(listener).listen(0, HOST);
  await once(http, "listening");
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return `ws://${HOST}:${(http.address() as AddressInfo).port}/`;
}

function dialUrl(url: string, options: ClientOptions = {}): WebSocket {
  const ws = new WebSocket(url, options);
  onTestFinished(() => {
    ws.on("error", () => {}).terminate();
  });
  return ws;
}

async function errorOf(ws: WebSocket): Promise<string> {
  const [error] = await once(ws, "error");
  return (error as Error).message;
}

describe("the address", () => {
  it.each([
    ["nonsense", "Invalid URL: nonsense"],
    [
      "ftp://a",
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    ],
    ["ws://a#b", "The URL contains a fragment identifier"],
    ["ws+unix:", "The URL's pathname is empty"],
  ])("%s is refused at once", (url, message) => {
    expect(() => new WebSocket(url)).toThrow(new SyntaxError(message));
  });

  it("may be of http, and has credentials", async () => {
    const server = await serve();
    const requested = once(server, "connection");
    const ws = dialUrl(`http://ann:p%40ss@${HOST}:${portOf(server)}/path?x=1`);
    await once(ws, "open");
    const [, request] = await requested;
    expect(ws.url).toBe(`ws://ann:p%40ss@${HOST}:${portOf(server)}/path?x=1`);
    expect(request.url).toBe("/path?x=1");
    expect(request.headers.authorization).toBe(`Basic ${btoa("ann:p@ss")}`);
  });

  it("may be of a Unix socket", async () => {
    const path = join(tmpdir(), `barewire-ws-${process.pid}.sock`);
    const http = createServer().listen(path);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    const server = await serve({ server: http });
    const requested = once(server, "connection");
    await once(dialUrl(`ws+unix:${path}:/here`), "open");
    expect((await requested)[1].url).toBe("/here");
  });
});

describe("options", () => {
  it("refuses subprotocols that are none, and versions that nobody speaks", () => {
    for (const protocols of [["a", "a"], ["a b"], [""]]) {
      expect(() => new WebSocket("ws://a", protocols)).toThrow(SyntaxError);
    }
    expect(() => new WebSocket("ws://a", { protocolVersion: 12 })).toThrow(RangeError);
  });

  it("send header fields, an origin and another Host", async () => {
    const { request } = await couple(
      {},
      { headers: { "X-A": "1", Host: "a.test" }, origin: "http://b.test" },
    );
    expect(request.headers).toMatchObject({ "x-a": "1", host: "a.test", origin: "http://b.test" });
  });

  it("connect by an agent and by createConnection", async () => {
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await couple({}, { agent });
    let made = 0;
    await couple(
      {},
      {
        createConnection: (options) => {
          made++;
          return connect(options as Parameters<typeof connect>[0]);
        },
      },
    );
    expect(made).toBe(1);
  });

  it("let the program end the request itself", async () => {
    const { request } = await couple(
      {},
      {
        finishRequest(made) {
          made.setHeader("X-Late", "1");
          setImmediate(() => made.end());
        },
      },
    );
    expect(request.headers["x-late"]).toBe("1");
  });

  it("take masking keys of the program's", async () => {
    const { here, there } = await couple({}, { generateMask: (mask) => mask.fill(7) });
    const message = once(here, "message");
    there.send("hello");
    expect(String((await message)[0])).toBe("hello");
  });
});

describe("an answer that opens nothing", () => {
  it("is an error", async () => {
    const url = await answering((_, response) => response.writeHead(401).end());
    const ws = dialUrl(url);
    const end = ended(ws);
    expect(await errorOf(ws)).toBe("Unexpected server response: 401");
    expect(await end).toEqual([1006, ""]);
  });

  it("goes to unexpected-response, where somebody listens", async () => {
    const ws = dialUrl(await answering((_, response) => response.writeHead(403).end("why")));
    const [, response] = await once(ws, "unexpected-response");
    expect(response.statusCode).toBe(403);
    let body = "";
    for await (const chunk of response) body += chunk;
    expect(body).toBe("why");
  });

  it("that never comes is given up after handshakeTimeout", async () => {
    const ws = dialUrl(await answering(() => {}), { handshakeTimeout: 50 });
    expect(await errorOf(ws)).toBe("Opening handshake has timed out");
  });

  it.each([
    ["Sec-WebSocket-Accept: wrong", "Invalid Sec-WebSocket-Accept header"],
    [
      "Sec-WebSocket-Accept: RIGHT\r\nSec-WebSocket-Protocol: b",
      "Server sent a subprotocol but none was requested",
    ],
    [
      "Sec-WebSocket-Accept: RIGHT\r\nSec-WebSocket-Extensions: b",
      "Server indicated an extension that was not requested",
    ],
  ])("is one with %s", async (fields, message) => {
    const { createHash } = await import("node:crypto");
    const http = createServer().listen(0, HOST);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    http.on("upgrade", ({ headers }, socket) => {
      const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      const key = `${headers["sec-websocket-key"]}${guid}`;
      const right = createHash("sha1").update(key).digest("base64");
      const head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
      socket.write(`${head}${fields.replace("RIGHT", right)}\r\n\r\n`);
    });
    const ws = dialUrl(`ws://${HOST}:${(http.address() as AddressInfo).port}`);
    expect(await errorOf(ws)).toBe(message);
  });
});

describe("followRedirects", () => {
  it("leads to where it is told, and not without it", async () => {
    const server = await serve();
    const target = `ws://${HOST}:${portOf(server)}/there`;
    const url = await answering((_, response) =>
      response.writeHead(302, { Location: target }).end(),
    );
    expect(await errorOf(dialUrl(url))).toBe("Unexpected server response: 302");
    const ws = dialUrl(url, { followRedirects: true });
    const [to] = await once(ws, "redirect");
    await once(ws, "open");
    expect([to, ws.url]).toEqual([target, target]);
  });

  it("takes no credentials to another host, and ends after maxRedirects", async () => {
    const server = await serve();
    const requested = once(server, "connection");
    const target = `ws://${HOST}:${portOf(server)}/`;
    const url = await answering((_, response) =>
      response.writeHead(302, { Location: target }).end(),
    );
    const secrets = { headers: { Cookie: "a=b", Authorization: "secret", "X-Other": "1" } };
    await once(dialUrl(url, { followRedirects: true, ...secrets }), "open");
    const { headers } = (await requested)[1];
    expect([headers.cookie, headers.authorization, headers["x-other"]]).toEqual([
      undefined,
      undefined,
      "1",
    ]);
    const loop = await answering((_, response) => response.writeHead(301, { Location: "/" }).end());
    const ws = dialUrl(loop, { followRedirects: true, maxRedirects: 2 });
    expect(await errorOf(ws)).toBe("Maximum redirects exceeded");
  });
});

describe("setSocket()", () => {
  it("opens a WebSocket on a stream whose handshake is done, on either side", async () => {
    const server = new WebSocketServer({ noServer: true });
    onTestFinished(() => server.close());
    const http = createServer().listen(0, HOST);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    type Settable = WebSocket & { _isServer: boolean; setSocket(...args: unknown[]): void };
    const accepted = once(http, "connection");
    const socket = connect((http.address() as AddressInfo).port, HOST);
    const [other] = await accepted;
    // node:http must not read it.
    other.removeAllListeners();
    const [here, there] = [new WebSocket(null), new WebSocket(null)] as [Settable, Settable];
    there._isServer = false;
    here.setSocket(other, Buffer.alloc(0));
    there.setSocket(socket, Buffer.alloc(0), { maxPayload: 0 });
    const message = once(here, "message");
    there.send("hello");
    expect(String((await message)[0])).toBe("hello");
    const end = ended(there);
    here.close(4000);
    expect(await end).toEqual([4000, ""]);
  });
});
