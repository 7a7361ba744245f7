import { once } from "node:events";
import { WebSocket } from "undici";
import { describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { serve } from "../served.ts";
import { type Client, closeEvent, expectEchoes, nextMessage } from "./undici-client.ts";

async function openClient(url: string, protocols: string[] = []): Promise<Client> {
  const client = new WebSocket(url, protocols);
  client.binaryType = "arraybuffer";
  await once(client, "open");
  return client;
}

describe("undici's WebSocket as a client of our server", () => {
  it("gets its messages back, of any size, text and binary", async () => {
    const { address } = await serve({ message: (ws, data) => ws.send(data) });
    const client = await openClient(address.url);
    await expectEchoes(client);
    client.close(4000, "done");
    // The code is echoed, the reason is not (§5.5.1).
    expect(await closeEvent(client)).toEqual([4000, "", true]);
  });

  it("gets messages in fragments and Blobs", async () => {
    const { address } = await serve(async (request) => {
      const ws = request.upgrade();
      await ws.receive();
      await ws.sendFragments(["a", "b", "😀".slice(0, 1), "😀".slice(1)]);
      await ws.receive();
      await ws.send(new Blob([Buffer.from([1, 2])]));
      await ws.receive();
    });
    const client = await openClient(address.url);
    client.send("go");
    expect(await nextMessage(client)).toBe("ab😀");
    client.send("go on");
    expect(Buffer.from((await nextMessage(client)) as ArrayBuffer)).toEqual(Buffer.from([1, 2]));
    client.close();
    await once(client, "close");
  });

  it("agrees on a subprotocol, and is closed by us", async () => {
    const { address, server } = await serve(undefined);
    server.handle("/", { message: (ws) => void ws.close(4001, "grüße") }, { protocols: ["b"] });
    const client = await openClient(address.url, ["a", "b"]);
    expect(client.protocol).toBe("b");
    client.send("close me");
    expect(await closeEvent(client)).toEqual([4001, "grüße", true]);
  });

  it("is told 1001 at a shutdown", async () => {
    const { address, server } = await serve({ message() {} });
    const client = await openClient(address.url);
    const closed = closeEvent(client);
    expect(await server.shutdown()).toEqual({ closed: 1, destroyed: 0, handshakes: 0 });
    expect(await closed).toEqual([1001, "", true]);
  });

  it("is refused at another origin's server", async () => {
    const { address } = await serve((request) => request.reject(403));
    const client = new WebSocket(address.url);
    await once(client, "error");
  });

  it("does not trust a certificate of our own making", async () => {
    const target = { port: 0, host: "127.0.0.1", tls: selfSignedCertificate() };
    const { address } = await serve({ message() {} }, {}, target);
    const client = new WebSocket(address.url);
    await once(client, "error");
  });
});
