import { createServer } from "node:http";
import { createRequire } from "node:module";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { listen } from "../processes.ts";

const require = createRequire(import.meta.url);
const { setupWSConnection } = require("y-websocket/bin/utils") as {
  setupWSConnection: (ws: WebSocket, request: object) => void;
};

async function serve(): Promise<string> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  server.on("connection", setupWSConnection);
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${await listen(http)}`;
}

function join(url: string, room: string): { doc: Y.Doc; provider: WebsocketProvider } {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(url, room, doc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    // Else documents of one process find each other without a server.
    disableBc: true,
  });
  onTestFinished(() => provider.destroy());
  return { doc, provider };
}

describe("y-websocket, server and provider", () => {
  it("lets two documents converge", async () => {
    const url = await serve();
    const [ann, bob] = [join(url, "room"), join(url, "room")];
    await vi.waitFor(() =>
      expect([ann.provider.synced, bob.provider.synced]).toEqual([true, true]),
    );
    ann.doc.getText("text").insert(0, "hello");
    bob.doc.getText("text").insert(0, "world");
    bob.doc.getMap("map").set("bytes", new Uint8Array([1, 2, 3]));
    await vi.waitFor(() => {
      expect(Y.encodeStateVector(ann.doc)).toEqual(Y.encodeStateVector(bob.doc));
      expect(String(ann.doc.getText("text"))).toHaveLength(10);
    });
    expect(String(ann.doc.getText("text"))).toBe(String(bob.doc.getText("text")));
    expect(ann.doc.getMap("map").get("bytes")).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("brings a document up to date that comes later, and one that was away", async () => {
    const url = await serve();
    const ann = join(url, "later");
    ann.doc.getText("text").insert(0, "a".repeat(100_000));
    await vi.waitFor(() => expect(ann.provider.synced).toBe(true));
    const bob = join(url, "later");
    await vi.waitFor(() => expect(bob.doc.getText("text").length).toBe(100_000));
    bob.provider.disconnect();
    bob.doc.getText("text").insert(0, "b");
    ann.doc.getText("text").insert(0, "c");
    bob.provider.connect();
    await vi.waitFor(() => expect(ann.doc.getText("text").length).toBe(100_002));
    await vi.waitFor(() => {
      expect(String(bob.doc.getText("text"))).toBe(String(ann.doc.getText("text")));
    });
  });

  it("tells who is there", async () => {
    const url = await serve();
    const [ann, bob] = [join(url, "aware"), join(url, "aware")];
    ann.provider.awareness.setLocalState({ name: "ann" });
    const states = () => [...bob.provider.awareness.getStates().values()];
    await vi.waitFor(() => expect(states()).toContainEqual({ name: "ann" }));
    ann.provider.destroy();
    await vi.waitFor(() => expect(states()).not.toContainEqual({ name: "ann" }));
  });
});
