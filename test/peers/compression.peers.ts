/** Compressed messages with Python's `websockets`, in both directions, byte for byte. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallMessages } from "../../bench/load/json-messages.ts";
import { type CompressionOptions, type Connection, connect, Server } from "../../src/index.ts";
import { isSame, LONG_MESSAGES, MESSAGES, pieces } from "./messages.ts";
import { PeerClient } from "./peer-client.ts";
import { PeerServer } from "./peer-server.ts";
import { pythonWithPackages } from "./python-environment.ts";

const FOLDER = fileURLToPath(new URL("python/", import.meta.url));

/** Our side's options. Of itself websockets compresses all, with takeover and windows of 12. */
const OPTIONS: readonly (readonly [name: string, options: CompressionOptions])[] = [
  ["takeover on both sides", { threshold: 0 }],
  ["no takeover", { threshold: 0, sendContextTakeover: false, receiveContextTakeover: false }],
  ["takeover for what we send", { threshold: 0, receiveContextTakeover: false }],
  ["takeover for what we receive", { threshold: 0, sendContextTakeover: false }],
  ["windows of 9", { threshold: 0, windowBits: 9 }],
  ["windows of 15, level 9", { threshold: 0, windowBits: 15, level: 9 }],
  ["all on the thread pool", { threshold: 0, offThreadFrom: 0 }],
];

/** As a client websockets refuses to be asked for a window of 8 bits; as a server it goes without. */
const CLIENT_OPTIONS = [
  ...OPTIONS,
  ["windows of 8", { threshold: 0, windowBits: 8 }],
] as const satisfies typeof OPTIONS;

/** Every size class, then short ones that are alike, as a feed has them, then all once more. */
const SENT: readonly (string | Buffer)[] = [
  ...MESSAGES.map(([, message]) => message),
  ...smallMessages(60).map((message) => message.toString()),
  ...MESSAGES.map(([, message]) => message),
];

describe("websockets for Python, compressed", () => {
  let python: string;

  beforeAll(async () => {
    python = await pythonWithPackages();
  });

  describe("our client", () => {
    let server: PeerServer;

    beforeAll(async () => {
      server = await PeerServer.start([python, `${FOLDER}echo_server.py`]);
    });
    afterAll(async () => {
      await server?.end();
    });

    async function open(path: "/echo" | "/fragments", compression: CompressionOptions) {
      const ws = await connect(server.url(path), { compression });
      expect(ws.extensions).toContain("permessage-deflate");
      return ws;
    }

    it.each(CLIENT_OPTIONS)("has messages of every size echoed: %s", async (_, compression) => {
      const ws = await open("/echo", compression);
      for (const message of SENT) {
        await ws.send(message);
        expect(isSame(await ws.receive(), message)).toBe(true);
      }
      expect(await ws.close(1000)).toMatchObject({ code: 1000, clean: true });
    });

    it.each(OPTIONS)("sends and gets fragments: %s", async (_, compression) => {
      const ws = await open("/fragments", compression);
      for (const [, message] of [...LONG_MESSAGES, ...LONG_MESSAGES]) {
        await ws.sendFragments(pieces(message));
        expect(isSame(await ws.receive(), message)).toBe(true);
      }
      expect(await ws.close(1000)).toMatchObject({ code: 1000, clean: true });
    });
  });

  describe("our server", () => {
    let server: Server;
    let origin: string;
    let peer: PeerClient;
    let ws: Connection | undefined;

    beforeAll(async () => {
      server = new Server();
      for (const [i, [, compression]] of OPTIONS.entries()) {
        const open = (connection: Connection) => {
          ws = connection;
        };
        const echo = {
          open,
          message: (connection: Connection, data: string | Buffer) => connection.send(data),
        };
        server.handle(`/echo/${i}`, echo, { compression });
        const inFragments = {
          open,
          message: (connection: Connection, data: string | Buffer) =>
            connection.sendFragments(pieces(data)),
        };
        server.handle(`/fragments/${i}`, inFragments, { compression });
      }
      origin = (await server.listen({ host: "127.0.0.1", port: 0 })).url;
      peer = new PeerClient([python, `${FOLDER}client.py`]);
    });
    afterAll(async () => {
      await peer?.end();
      await server?.shutdown({ timeout: 1000 });
    });

    it.each(OPTIONS)("echoes messages of every size: %s", async (_, compression) => {
      const route = OPTIONS.findIndex(([, options]) => options === compression);
      await peer.connect({ url: `${origin}/echo/${route}` });
      expect(ws?.extensions).toContain("permessage-deflate");
      for (const message of SENT) {
        await peer.send(message);
        expect(isSame(await peer.receive(), message)).toBe(true);
      }
      expect(await peer.close(1000, "")).toEqual({ code: 1000, reason: "" });
    });

    it.each(OPTIONS)("sends and gets fragments: %s", async (_, compression) => {
      const route = OPTIONS.findIndex(([, options]) => options === compression);
      await peer.connect({ url: `${origin}/fragments/${route}`, fragmentSize: 500 });
      expect(ws?.extensions).toContain("permessage-deflate");
      for (const [, message] of [...LONG_MESSAGES, ...LONG_MESSAGES]) {
        await peer.send(message);
        expect(isSame(await peer.receive(), message)).toBe(true);
      }
      expect(await peer.close(1000, "")).toEqual({ code: 1000, reason: "" });
    });
  });
});
