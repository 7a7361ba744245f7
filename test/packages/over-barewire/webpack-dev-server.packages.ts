import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import webpack from "webpack";
import WebpackDevServer from "webpack-dev-server";
import { WebSocket, WebSocketServer } from "ws";
import { directory, freePort } from "../processes.ts";

interface Message {
  readonly type: string;
  readonly data?: unknown;
}

describe("webpack-dev-server", () => {
  it("tells a page of what has changed", async () => {
    const folder = await directory();
    const source = join(folder, "index.js");
    await writeFile(source, "console.log(1);\n");
    const port = await freePort();
    const compiler = webpack({
      mode: "development",
      context: folder,
      entry: "./index.js",
      output: { path: join(folder, "out") },
      infrastructureLogging: { level: "error" },
      stats: "none",
    });
    const server = new WebpackDevServer({ port, host: "127.0.0.1", static: false }, compiler!);
    onTestFinished(() => server.stop());
    await server.start();
    expect(server.webSocketServer?.implementation).toBeInstanceOf(WebSocketServer);
    expect(WebSocketServer).toBe(createRequire(import.meta.url)("ws").Server);

    const page = new WebSocket(`ws://127.0.0.1:${port}/ws`, { origin: `http://127.0.0.1:${port}` });
    onTestFinished(() => page.terminate());
    const messages: Message[] = [];
    const waiting = new Set<() => void>();
    page.on("message", (data) => {
      messages.push(JSON.parse(String(data)));
      for (const look of waiting) look();
    });
    /** The data of the next message of a type that was not looked at. */
    const next = (type: string) =>
      new Promise<unknown>((resolve) => {
        const look = () => {
          const index = messages.findIndex((message) => message.type === type);
          if (index === -1) return;
          waiting.delete(look);
          resolve(messages.splice(0, index + 1).at(-1)!.data);
        };
        waiting.add(look);
        look();
      });
    const first = await next("hash");
    await next("ok");
    await writeFile(source, "console.log(2);\n");
    await next("invalid");
    expect(await next("hash")).not.toBe(first);
    await next("ok");
    await writeFile(source, "console.log(;\n");
    expect(JSON.stringify(await next("errors"))).toContain("Unexpected token");
  });
});
