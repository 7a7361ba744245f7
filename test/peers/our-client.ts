/** What our client does with a server in another language. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type Connection, type ConnectOptions, connect } from "../../src/index.ts";
import { CLOSES, isSame, LONG_MESSAGES, MESSAGES, pieces } from "./messages.ts";
import type { PeerCommand } from "./peer-process.ts";
import { PeerServer } from "./peer-server.ts";

/**
 * Tests our client against a peer, over ws and wss.
 *
 * @param command gives the peer's command, once it has been installed
 * @param protocol the subprotocol that the peer chooses when it is offered chat.v1 and chat.v2
 */
export function testOurClient(command: () => PeerCommand, protocol: "" | "chat.v2"): void {
  describe.each(["ws", "wss"])("our client, over %s", (scheme) => {
    const certificate = scheme === "wss" ? selfSignedCertificate() : undefined;
    const trust = certificate === undefined ? {} : { tls: { ca: certificate.cert } };
    let server: PeerServer;
    let ws: Connection | undefined;
    /** Of the URL of the connection that was opened last, to tell it from others. */
    let query = "";
    let opened = 0;

    beforeAll(async () => {
      server = await PeerServer.start(command(), certificate);
    });
    afterAll(async () => {
      await server?.end();
    });
    afterEach(() => {
      ws?.terminate();
      ws = undefined;
    });

    async function open(
      path: Parameters<PeerServer["url"]>[0],
      options: ConnectOptions = {},
    ): Promise<Connection> {
      query = `n=${opened++}`;
      ws = await connect(`${server.url(path)}?${query}`, { ...trust, ...options });
      return ws;
    }

    /** Closes, as both sides have to see it. */
    async function close(connection: Connection, code = 1000, reason = ""): Promise<void> {
      expect(await connection.close(code, reason)).toMatchObject({
        code,
        initiator: "local",
        clean: true,
        error: undefined,
      });
      expect(await server.ended(query)).toEqual({ code, reason });
    }

    it.each(MESSAGES)("has %s echoed", async (_, message) => {
      const connection = await open("/echo");
      await connection.send(message);
      expect(isSame(await connection.receive(), message)).toBe(true);
      await close(connection);
    });

    it("has many messages echoed in order", async () => {
      const connection = await open("/echo");
      const sent = Array.from({ length: 500 }, (_, n) => `message ${n}`);
      for (const message of sent) await connection.send(message);
      const received = [];
      while (received.length < sent.length) received.push(await connection.receive());
      expect(received).toEqual(sent);
      await close(connection);
    });

    it.each(LONG_MESSAGES)("sends %s in fragments", async (_, message) => {
      const connection = await open("/echo");
      await connection.sendFragments(pieces(message));
      expect(isSame(await connection.receive(), message)).toBe(true);
      await close(connection);
    });

    it.each(LONG_MESSAGES)("receives %s in fragments", async (_, message) => {
      // That it does come in fragments: one more than are allowed fails the connection.
      const refusing = await open("/fragments", { maxFragments: 2 });
      await refusing.send(message);
      await expect(refusing.receive()).rejects.toMatchObject({
        cause: { code: "TOO_MANY_FRAGMENTS" },
      });

      const connection = await open("/fragments");
      await connection.send(message);
      expect(isSame(await connection.receive(), message)).toBe(true);
      await close(connection);
    });

    it("pings and is answered", async () => {
      const connection = await open("/echo");
      // Pongs are read only while somebody waits for messages.
      const message = connection.receive();
      expect(await connection.ping("are you there?")).toBeGreaterThan(0);
      expect(await connection.ping(Buffer.alloc(125, 0xff))).toBeGreaterThan(0);
      await connection.send("a message");
      expect(await message).toBe("a message");
      await close(connection);
    });

    it("answers pings", async () => {
      const connection = await open("/ping");
      for (const payload of ["", "with a payload", "p".repeat(125)]) {
        await connection.send(payload);
        expect(await connection.receive()).toBe(`pong ${payload}`);
      }
      await close(connection);
    });

    it.each(CLOSES)("closes with %i %j", async (code, reason) => {
      await close(await open("/echo"), code, reason);
    });

    it.each(CLOSES)("is closed with %i %j", async (code, reason) => {
      const connection = await open("/close");
      await connection.send(JSON.stringify({ code, reason }));
      await expect(connection.receive()).rejects.toThrow("the connection has ended");
      expect(await connection.closed).toMatchObject({
        code,
        reason,
        initiator: "peer",
        clean: true,
      });
      // Our answer echoes the code and has no reason.
      expect(await server.ended(query)).toMatchObject({ code });
    });

    it(`offers subprotocols and agrees on ${protocol === "" ? "none" : protocol}`, async () => {
      const protocols = ["chat.v1", "chat.v2"];
      const requireProtocol = protocol !== "";
      const connection = await open("/echo", { protocols, requireProtocol });
      expect(connection.protocol).toBe(protocol);
      await close(connection);
    });

    it("offers no subprotocol and gets none", async () => {
      const connection = await open("/echo");
      expect(connection.protocol).toBe("");
      await close(connection);
    });
  });
}
