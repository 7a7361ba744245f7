import { once } from "node:events";
import { JSDOM } from "jsdom";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

async function serve(): Promise<{ host: string; server: WebSocketServer }> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    handleProtocols: (offered) => offered.has("chat") && "chat",
  });
  onTestFinished(() => server.close());
  server.on("connection", (ws) => {
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
  await once(server, "listening");
  return { host: `127.0.0.1:${(server.address() as { port: number }).port}`, server };
}

/** A page whose script connects, and writes down what happens. */
function page(host: string): JSDOM {
  const script = `
    window.log = [];
    const ws = new WebSocket("ws://${host}/", ["chat"]);
    ws.binaryType = "arraybuffer";
    ws.onopen = () => {
      log.push("open " + ws.protocol);
      ws.send("hello");
      ws.send(new Uint8Array([1, 2, 3]));
    };
    ws.onmessage = ({ data, origin }) => {
      const isText = typeof data === "string";
      log.push(isText ? data + " from " + origin : "bytes " + new Uint8Array(data));
      if (!isText) ws.close(4000, "done");
    };
    ws.onclose = ({ code, reason, wasClean }) => log.push([code, reason, wasClean].join(" "));
    ws.onerror = () => log.push("error");
  `;
  const dom = new JSDOM(`<script>${script}</script>`, {
    url: `http://${host}/page`,
    runScripts: "dangerously",
  });
  onTestFinished(() => dom.window.close());
  return dom;
}

describe("jsdom", () => {
  it("gives its pages a WebSocket", async () => {
    const { host, server } = await serve();
    const opened = once(server, "connection");
    const { window } = page(host);
    const [ws, request] = (await opened) as [WebSocket, { headers: Record<string, string> }];
    expect(request.headers.origin).toBe(`http://${host}`);
    const [code, reason] = await once(ws, "close");
    expect([code, String(reason)]).toEqual([4000, "done"]);
    await vi.waitFor(() => {
      expect(window.log).toEqual([
        "open chat",
        `hello from ws://${host}`,
        "bytes 1,2,3",
        "4000 done true",
      ]);
    });
  });

  it("tells a page that nobody answers", async () => {
    const { window } = page("127.0.0.1:1");
    await vi.waitFor(() => expect(window.log).toEqual(["error", "1006  false"]));
  });

  it("leaves the connection with the page", async () => {
    const { host, server } = await serve();
    const opened = once(server, "connection");
    const dom = page(host);
    const [ws] = (await opened) as [WebSocket];
    const closed = once(ws, "close");
    dom.window.close();
    const [code] = await closed;
    expect([1001, 1005, 1006]).toContain(code);
  });
});
