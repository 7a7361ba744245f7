import { createDecoder, readVarUint } from "lib0/decoding";
import { createEncoder, length, toUint8Array, writeVarUint } from "lib0/encoding";
import { expect, it, onTestFinished } from "vitest";
import { readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import { WebsocketProvider } from "y-websocket";
import { Doc } from "yjs";
import { type Connection, Server } from "../../../src/index.ts";
import { WebSocket } from "../../../src/web/web.ts";
import { until } from "../../served.ts";

/** The kind of message that synchronizes documents; the others are of awareness. */
const SYNC = 0;

/** A server that keeps one document, as y-websocket's does. */
async function serveDocument(): Promise<string> {
  const [server, shared, peers] = [new Server(), new Doc(), new Set<Connection>()];
  const syncMessage = (write: (encoder: ReturnType<typeof createEncoder>) => void) => {
    const encoder = createEncoder();
    writeVarUint(encoder, SYNC);
    write(encoder);
    return toUint8Array(encoder);
  };
  shared.on("update", (update: Uint8Array) => {
    const message = syncMessage((encoder) => writeUpdate(encoder, update));
    for (const peer of peers) peer.send(message);
  });
  server.handle("/room", {
    open(ws) {
      peers.add(ws);
      ws.send(syncMessage((encoder) => writeSyncStep1(encoder, shared)));
    },
    message(ws, data) {
      const decoder = createDecoder(new Uint8Array(data as Buffer));
      if (readVarUint(decoder) !== SYNC) return;
      const encoder = createEncoder();
      writeVarUint(encoder, SYNC);
      readSyncMessage(decoder, encoder, shared, ws);
      if (length(encoder) > 1) ws.send(toUint8Array(encoder));
    },
    close: (ws) => void peers.delete(ws),
  });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
  return url;
}

it("y-websocket's provider makes two documents converge", async () => {
  const url = await serveDocument();
  const docs = [new Doc(), new Doc()];
  for (const doc of docs) {
    const provider = new WebsocketProvider(url, "room", doc, {
      WebSocketPolyfill: WebSocket as never,
      disableBc: true,
    });
    onTestFinished(() => provider.destroy());
  }
  const [one, other] = docs.map((doc) => doc.getText("text"));
  one?.insert(0, "hello ");
  other?.insert(0, "world ");
  await until(() => one?.length === 12 && one.toString() === other?.toString());
  expect([..."hello world "].sort()).toEqual([...(one?.toString() ?? "")].sort());
});
