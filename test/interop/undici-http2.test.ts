import { once } from "node:events";
import * as undici7 from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import type { Connection, ServerOptions } from "../../src/index.ts";
import { serve } from "../served.ts";
import { type Client, closeEvent, expectEchoes, nextMessage } from "./undici-client.ts";

const CERTIFICATE = selfSignedCertificate(["localhost"]);

/**
 * Version 8 offers HTTP/2 by itself and needs Node 22.19; version 7 does where it is told to, and gives up all of a
 * session when it hears GOAWAY.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
type Ended = [code: number, reason: string, clean: boolean];
const clients: [string, load: () => Promise<typeof undici7>, options: object, goaway: Ended][] = [
  ["undici 7 with allowH2", async () => undici7, { allowH2: true }, [1006, "", false]],
];
if (major > 22 || (major === 22 && minor >= 19)) {
  const load = async () => (await import("undici-8")) as unknown as typeof undici7;
  clients.push(["undici 8", load, {}, [1001, "", true]]);
}

describe.each(clients)("%s as a client of our server over HTTP/2", (...client) => {
  const [, load, options, goaway] = client;

  /** A server, and a client whose sockets share a session with it. */
  async function serveEcho(given: ServerOptions = {}) {
    const { Agent, WebSocket } = await load();
    const opened: Connection[] = [];
    const { address, server } = await serve(
      { open: (ws) => void opened.push(ws), message: (ws, data) => ws.send(data) },
      // Version 7 leaves it to the server to end a stream behind both Close frames.
      { protocols: ["b"], closeTimeout: 300, ...given },
      { port: 0, host: "127.0.0.1", tls: CERTIFICATE, http2: true },
    );
    const dispatcher = new Agent({ connect: { ca: CERTIFICATE.cert }, ...options });
    onTestFinished(() => dispatcher.destroy());
    const connect = (protocols: string[] = []) => {
      const url = `wss://localhost:${address.port}/`;
      const client: Client = new WebSocket(url, { protocols, dispatcher });
      client.binaryType = "arraybuffer";
      return client;
    };
    const open = async (protocols?: string[]) => {
      const client = connect(protocols);
      await once(client, "open");
      return client;
    };
    return { opened, server, connect, open };
  }

  it("gets its messages back, of any size, text and binary", async () => {
    const { opened, open } = await serveEcho();
    const client = await open(["a", "b"]);
    expect(opened.map(({ http }) => http)).toEqual(["2"]);
    expect(client.protocol).toBe("b");
    await expectEchoes(client);
    client.close(4000, "done");
    expect(await closeEvent(client)).toEqual([4000, "", true]);
    expect(await opened[0]?.closed).toMatchObject({ code: 4000, reason: "done", clean: true });
  });

  it("has its messages compressed", async () => {
    const { opened, open } = await serveEcho({ compression: { threshold: 0 } });
    const client = await open();
    expect(client.extensions).toContain("permessage-deflate");
    expect(opened[0]?.http).toBe("2");
    for (let i = 0; i < 5; i++) {
      client.send(`{"number":${i}}`.repeat(1000));
      expect(await nextMessage(client)).toBe(`{"number":${i}}`.repeat(1000));
    }
    client.close();
    await once(client, "close");
  });

  it("hears of a shutdown, and is refused with an error", async () => {
    const { opened, server, connect, open } = await serveEcho({ maxConnections: 2 });
    const client = await open();
    expect(opened[0]?.http).toBe("2");
    // The session counts as one connection, and its stream as the other.
    await once(connect(), "error");
    const closed = closeEvent(client);
    await server.shutdown();
    expect(await closed).toEqual(goaway);
  });
});
