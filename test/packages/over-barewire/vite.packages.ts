import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { createServer as createVite, type HotPayload } from "vite";
import { createWebSocketModuleRunnerTransport } from "vite/module-runner";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { directory, listen } from "../processes.ts";

/** Vite has a `ws` of its own inside, so barewire is only its client here. */
describe("Vite's HMR", () => {
  it("reaches Vite's own client over barewire's WebSocket", async () => {
    const root = await directory();
    const source = join(root, "page.js");
    await writeFile(join(root, "index.html"), '<script type="module" src="/page.js"></script>');
    await writeFile(source, "export const n = 1;\nimport.meta.hot.accept();\n");
    const http = createServer();
    const vite = await createVite({
      root,
      configFile: false,
      logLevel: "silent",
      server: { middlewareMode: true, hmr: { server: http } },
    });
    onTestFinished(() => vite.close());
    http.on("request", vite.middlewares);
    const port = await listen(http);
    const token = vite.config.webSocketToken;
    const transport = createWebSocketModuleRunnerTransport({
      createConnection: () =>
        new WebSocket(
          `ws://127.0.0.1:${port}/?token=${token}`,
          "vite-hmr",
        ) as unknown as globalThis.WebSocket,
    });
    const payloads: HotPayload[] = [];
    await transport.connect!({
      onMessage: (payload) => void payloads.push(payload),
      onDisconnection() {},
    });
    onTestFinished(() => transport.disconnect!());
    await vi.waitFor(() => expect(payloads).toContainEqual({ type: "connected" }));

    // What the page says reaches a plugin's listener, and the other way round.
    vite.ws.on("from:page", (data, client) => client.send("from:server", { got: data }));
    transport.send!({ type: "custom", event: "from:page", data: "é" });
    await vi.waitFor(() => {
      const data = { got: "é" };
      expect(payloads).toContainEqual({ type: "custom", event: "from:server", data });
    });

    // Only modules that a page has asked for are told of.
    await vite.transformRequest("/page.js");
    await writeFile(source, "export const n = 2;\nimport.meta.hot.accept();\n");
    const updates = () => payloads.filter((payload) => payload.type === "update");
    await vi.waitFor(() => expect(updates()).toHaveLength(1), { timeout: 20_000 });
    expect(updates()[0]!.updates).toMatchObject([{ type: "js-update", path: "/page.js" }]);
  });
});
