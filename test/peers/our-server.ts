/** What our server does with a client in another language. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type Connection, Server } from "../../src/index.ts";
import { CLOSES, isSame, LONG_MESSAGES, MESSAGES, pieces } from "./messages.ts";
import { PeerClient, type PeerConnectOptions } from "./peer-client.ts";
import type { PeerCommand } from "./peer-process.ts";

/**
 * Tests our server against a peer, over ws and wss.
 *
 * @param command gives the peer's command, once it has been installed
 * @param http the version of HTTP that it speaks
 */
export function testOurServer(command: () => PeerCommand, http: 1 | 2 = 1): void {
  describe.each(["ws", "wss"])("our server, over %s", (scheme) => {
    const certificate = scheme === "wss" ? selfSignedCertificate() : undefined;
    let server: Server;
    let origin: string;
    let peer: PeerClient;
    /** The connection that was opened last. */
    let ws: Connection | undefined;

    beforeAll(async () => {
      server = new Server();
      const open = (connection: Connection) => {
        ws = connection;
      };
      const message = (connection: Connection, data: string | Buffer) => connection.send(data);
      const echo = { open, message };
      server.handle("/echo", echo, { protocols: ["chat.v2", "chat.v1"] });
      server.handle("/few-fragments", echo, { maxFragments: 4 });
      server.handle("/fragments", {
        open,
        message: (connection, data) => connection.sendFragments(pieces(data)),
      });
      server.handle("/silent", { open });
      const tls = certificate === undefined ? {} : { tls: { ...certificate } };
      const address = await server.listen({
        host: "127.0.0.1",
        port: 0,
        ...tls,
        http2: http === 2,
      });
      origin = address.url;
      peer = new PeerClient(command());
    });
    afterAll(async () => {
      await peer?.end();
      await server?.shutdown({ timeout: 1000 });
    });
    beforeEach(() => {
      ws = undefined;
    });

    async function connect(
      path: string,
      options: Partial<PeerConnectOptions> = {},
    ): Promise<string> {
      const trust = certificate === undefined ? {} : { ca: certificate.cert };
      const protocol = await peer.connect({ url: origin + path, ...trust, ...options });
      expect(ws?.http).toBe(http === 2 ? "2" : "1.1");
      return protocol;
    }

    /** The peer closes. */
    async function close(code = 1000, reason = ""): Promise<void> {
      const { closed } = ws!;
      expect(await peer.close(code, reason)).toMatchObject({ code });
      expect(await closed).toMatchObject({
        code,
        reason,
        initiator: "peer",
        clean: true,
        error: undefined,
      });
    }

    it.each(MESSAGES)("echoes %s", async (_, message) => {
      await connect("/echo");
      await peer.send(message);
      expect(isSame(await peer.receive(), message)).toBe(true);
      await close();
    });

    it.each(LONG_MESSAGES)("receives %s in fragments", async (_, message) => {
      // That it does come in fragments: too many of them fail the connection.
      await connect("/few-fragments", { fragmentSize: 500 });
      const { closed } = ws!;
      // The peer may learn of the end before it has sent all.
      await peer.send(message).catch(() => {});
      expect(await peer.closed()).toEqual({ code: 1008, reason: "TOO_MANY_FRAGMENTS" });
      expect((await closed).error).toMatchObject({ code: "TOO_MANY_FRAGMENTS" });

      await connect("/echo", { fragmentSize: 500 });
      await peer.send(message);
      expect(isSame(await peer.receive(), message)).toBe(true);
      await close();
    });

    it.each(LONG_MESSAGES)("sends %s in fragments", async (_, message) => {
      await connect("/fragments");
      await peer.send(message);
      expect(isSame(await peer.receive(), message)).toBe(true);
      await close();
    });

    it("answers pings", async () => {
      await connect("/silent");
      for (const payload of ["", "are you there?", "p".repeat(125)]) {
        expect(await peer.ping(payload)).toBe(payload);
      }
      await close();
    });

    it("pings and is answered", async () => {
      await connect("/silent");
      expect(await ws?.ping("are you there?")).toBeGreaterThan(0);
      expect(await ws?.ping(Buffer.alloc(125, 0xff))).toBeGreaterThan(0);
      await close();
    });

    it.each(CLOSES)("is closed with %i %j", async (code, reason) => {
      await connect("/echo");
      await close(code, reason);
    });

    it.each(CLOSES)("closes with %i %j", async (code, reason) => {
      await connect("/echo");
      const closed = ws?.close(code, reason);
      expect(await peer.closed()).toEqual({ code, reason });
      expect(await closed).toMatchObject({ code, initiator: "local", clean: true });
    });

    it("chooses the subprotocol that it prefers of those offered", async () => {
      expect(await connect("/echo", { protocols: ["chat.v1", "chat.v2"] })).toBe("chat.v2");
      await close();
      expect(await connect("/echo", { protocols: ["chat.v0", "chat.v1"] })).toBe("chat.v1");
      await close();
    });

    it("chooses none where none is offered, or none that it knows", async () => {
      expect(await connect("/echo")).toBe("");
      await close();
      expect(await connect("/echo", { protocols: ["chat.v0"] })).toBe("");
      await close();
    });

    it("refuses what is not at its paths", async () => {
      await expect(connect("/nowhere")).rejects.toThrow(/404|bad handshake/);
    });
  });
}
