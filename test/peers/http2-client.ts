/** What our client does over HTTP/2 with a server in another language. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type Connection, type ConnectOptions, connect } from "../../src/index.ts";
import { CLOSES, isSame } from "./messages.ts";
import type { PeerCommand } from "./peer-process.ts";
import { PeerServer } from "./peer-server.ts";

/** How a peer differs from others. */
export interface Http2Peculiarities {
  /** Whether it agrees upon compression. */
  readonly compresses: boolean;
  /** Whether it ends its stream behind the Close frames of both sides where we have closed; else we have to. */
  readonly endsStreams: boolean;
}

/**
 * Tests our client against a peer that needs to know no more than `/echo`, and `/close`, over ws and wss.
 *
 * @param command gives the peer's command, once it has been installed
 */
export function testOurHttp2Client(
  command: () => PeerCommand,
  { compresses, endsStreams }: Http2Peculiarities,
): void {
  describe.each(["ws", "wss"])("our client, over %s and HTTP/2", (scheme) => {
    const certificate = scheme === "wss" ? selfSignedCertificate() : undefined;
    const tls = certificate === undefined ? {} : { ca: certificate.cert };
    const opened: Connection[] = [];
    let server: PeerServer;

    beforeAll(async () => {
      server = await PeerServer.start(command(), certificate);
    });
    afterAll(async () => {
      await server?.end();
    });
    afterEach(() => {
      for (const ws of opened.splice(0)) ws.terminate();
    });

    async function open(path: "/echo" | "/close" = "/echo", options: ConnectOptions = {}) {
      const ws = await connect(server.url(path), { http: 2, tls, ...options });
      opened.push(ws);
      expect(ws.http).toBe("2");
      return ws;
    }

    it.each([false, true])(
      "has messages of every size echoed, compression %s",
      async (compression) => {
        const ws = await open("/echo", { compression: compression && { threshold: 0 } });
        expect(ws.extensions.includes("permessage-deflate")).toBe(compression && compresses);
        for (const size of [5, 125, 126, 16_384, 65_536, 130_000, 400_000]) {
          for (const message of ["x".repeat(size), Buffer.alloc(size, "0123456789abc")]) {
            await ws.send(message);
            expect(isSame(await ws.receive(), message)).toBe(true);
          }
        }
      },
    );

    it("has 20 streams on one session, each with its own echoes", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => open()));
      expect(new Set(all.map((ws) => ws.localPort)).size).toBe(1);
      await Promise.all(all.map((ws, i) => ws.send(`${i} `.repeat(10_000))));
      for (const [i, ws] of all.entries()) expect(await ws.receive()).toBe(`${i} `.repeat(10_000));
    });

    it("closes, and no other stream of the session with it", async () => {
      const other = await open();
      for (let round = 0; round < 3; round++) {
        // How long it waits for the peer to end the stream.
        const ws = await open("/echo", endsStreams ? {} : { closeTimeout: 200 });
        const { code, clean, error } = await ws.close(4000, "done");
        expect({ code, clean }).toEqual({ code: 4000, clean: true });
        if (endsStreams) expect(error).toBeUndefined();
        else expect(error).toMatchObject({ code: "CLOSE_TIMEOUT" });
        await other.send("still here");
        expect(await other.receive()).toBe("still here");
      }
      expect(new Set(opened.map((ws) => ws.localPort)).size).toBe(1);
    });

    it.each(CLOSES)("is closed with %i %j", async (code, reason) => {
      const ws = await open("/close");
      await ws.send(JSON.stringify({ code, reason }));
      await expect(ws.receive()).rejects.toThrow("the connection has ended");
      expect(await ws.closed).toMatchObject({ code, reason, initiator: "peer", clean: true });
    });

    it("agrees upon a subprotocol", async () => {
      expect((await open("/echo", { protocols: ["chat.v1", "chat.v2"] })).protocol).toBe("chat.v2");
    });
  });
}
