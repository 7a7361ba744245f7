import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { endCommands, runCommand } from "../run-command.ts";

// A server that redirects /old to /new, /away to another port, and /round in a circle.
let server: Server;
let other: WebSocketServer;
let url: string;
/** The requests that led to a connection. */
let requests: IncomingMessage[];

const portOf = (listening: Server | WebSocketServer): number =>
  (listening.address() as AddressInfo).port;

beforeAll(async () => {
  other = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  other.on("connection", (ws, request) => {
    requests.push(request);
    ws.close(1000);
  });
  const here = new WebSocketServer({ noServer: true });
  server = createServer().on("upgrade", (request, socket, head) => {
    const places: Record<string, string> = {
      "/old": "/new",
      "/round": "/round",
      "/away": `http://127.0.0.1:${portOf(other)}/elsewhere`,
      "/secret": "/new?token=hunter2-hunter2",
    };
    const location = places[request.url ?? ""];
    if (location === undefined) {
      here.handleUpgrade(request, socket, head, (ws) => {
        requests.push(request);
        ws.close(1000);
      });
      return;
    }
    socket.on("error", () => {});
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(other, "listening")]);
  url = `ws://127.0.0.1:${portOf(server)}`;
});

afterEach(endCommands);

afterAll(() => {
  server.closeAllConnections();
  server.close();
  other.close();
});

async function connect(...args: string[]) {
  requests = [];
  return await runCommand(["connect", ...args]);
}

describe("redirects", () => {
  it("are refusals by default", async () => {
    const { code, stderr } = await connect(`${url}/old`);
    expect(stderr).toMatch(/302/);
    expect(code).toBe(1);
    expect(requests).toEqual([]);
  });

  it.each([["-L"], ["--location"], ["--max-redirects=1"]])(
    "are followed with %s, with all that was asked for",
    async (option) => {
      const args = ["-u", "me:hunter2", "-H", "X-One: 1", "-s", "chat"];
      const { code } = await connect(`${url}/old`, option, ...args);
      expect(code).toBe(0);
      const [request] = requests;
      expect(request?.url).toBe("/new");
      expect(request?.headers).toMatchObject({
        authorization: `Basic ${Buffer.from("me:hunter2").toString("base64")}`,
        "x-one": "1",
        "sec-websocket-protocol": "chat",
      });
    },
  );

  it("take no secrets to another server", async () => {
    const { code } = await connect(`${url}/away`, "-L", "-u", "me:hunter2", "-H", "X-Key: 1");
    expect(code).toBe(0);
    const [request] = requests;
    expect(request?.url).toBe("/elsewhere");
    expect(request?.headers).not.toHaveProperty("authorization");
    expect(request?.headers).not.toHaveProperty("x-key");
  });

  it("are followed so many times and no more", async () => {
    const { code, stderr } = await connect(`${url}/round`, "-L");
    expect(stderr).toMatch(/^barewire connect: .*(redirect|302)/);
    expect(code).toBe(1);
    const none = await connect(`${url}/old`, "-L", "--max-redirects", "0");
    expect(none.code).toBe(1);
    const wrong = await connect(`${url}/old`, "--max-redirects", "many");
    expect(wrong.stderr).toContain("--max-redirects: expected an integer from 0 to 100");
    expect(wrong.code).toBe(2);
  });

  it("are told with --verbose, but not what is secret in them", async () => {
    const { stderr } = await connect(`${url}/secret`, "-v");
    expect(stderr).toMatch(/^< HTTP\/1\.1 302 Found\n< location: \/new\?token=\*\*\*\n/m);
    expect(stderr).not.toContain("hunter2");
  });
});
