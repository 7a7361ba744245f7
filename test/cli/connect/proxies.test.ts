import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createProxy } from "proxy";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { endCommands, runCommand } from "../run-command.ts";

let server: WebSocketServer;
let proxy: Server;
let url: string;
let proxyUrl: string;
/** The targets that the proxy was asked for. */
let asked: (string | undefined)[];

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws) => ws.close(1000));
  proxy = createProxy(createServer());
  proxy.prependListener("connect", (request) => asked.push(request.url));
  proxy.listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(proxy, "listening")]);
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterEach(endCommands);

afterAll(() => {
  server.close();
  proxy.close();
});

describe("a proxy", () => {
  it("is gone through, and told with --verbose without its password", async () => {
    asked = [];
    const withLogin = proxyUrl.replace("http://", "http://me:hunter2@");
    const { code, stderr } = await runCommand(["connect", url, "-v", "--proxy", withLogin]);
    expect(asked).toEqual([new URL(url).host]);
    expect(stderr).toContain(`through the proxy ${proxyUrl}\n`);
    expect(stderr).not.toContain("hunter2");
    expect(code).toBe(0);
  });

  it("of the environment is not for this machine", async () => {
    asked = [];
    const { stderr } = await runCommand(["connect", url, "-v"], "", { ALL_PROXY: proxyUrl });
    expect(asked).toEqual([]);
    expect(stderr).toContain("no proxy\n");
  });
});
