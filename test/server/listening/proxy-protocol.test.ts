import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import type { ListenTargetOptions, RefusedHandshake, ServerOptions } from "../../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../../raw-peer.ts";
import { type Served, serve, until } from "../../served.ts";

const TEXT = "PROXY TCP4 192.0.2.1 198.51.100.7 4711 443\r\n";
const FACTS = {
  remoteAddress: "192.0.2.1",
  remotePort: 4711,
  localAddress: "198.51.100.7",
  localPort: 443,
};

/** A header of version 2 for the same connection, with what may stand behind the addresses. */
function binary(...additions: number[]): Buffer {
  const length = 12 + additions.length;
  return Buffer.from([
    ...[0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, length],
    ...[192, 0, 2, 1, 198, 51, 100, 7, 4711 >> 8, 4711 & 255, 443 >> 8, 443 & 255],
    ...additions,
  ]);
}
const OVER_TLS = [0x20, 0, 5, 1, 0, 0, 0, 0];

/** Serves a route that says whom it is connected to. */
async function serveBehindProxy(
  target: ListenTargetOptions = { proxyProtocol: true },
  options: ServerOptions = {},
): Promise<Served & { refused: RefusedHandshake[] }> {
  const refused: RefusedHandshake[] = [];
  const served = await serve(
    {
      open(ws) {
        const { remoteAddress, remotePort, localAddress, localPort, request } = ws;
        const facts = { remoteAddress, remotePort, localAddress, localPort };
        ws.send(
          JSON.stringify({ ...facts, secure: request?.secure, same: request?.remoteAddress }),
        );
      },
      message: (ws, data) => ws.send(data),
    },
    { onRefused: (what) => void refused.push(what), ...options },
    { port: 0, host: "127.0.0.1", ...target },
  );
  return { ...served, refused };
}

describe.each([
  ["1", TEXT, false],
  ["2", binary(), false],
  ["2, of a client over TLS", binary(...OVER_TLS), true],
])("a header of version %s", (_, header, secure) => {
  const expected = { ...FACTS, secure, same: "192.0.2.1" };

  it("tells whose connection it is", async () => {
    const { connect } = await serveBehindProxy();
    const peer = await connect();
    peer.write(header, upgradeHead(), textFrame("first"));
    await peer.readUpgraded();
    expect(JSON.parse(await peer.readText())).toEqual(expected);
    expect(await peer.readText()).toBe("first");
  });

  it("may come a byte at a time", async () => {
    const { connect } = await serveBehindProxy();
    const peer = await connect();
    for (const byte of Buffer.concat([Buffer.from(header), Buffer.from(upgradeHead())])) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.readUpgraded();
    expect(JSON.parse(await peer.readText())).toEqual(expected);
  });

  it("comes before TLS", async () => {
    const tls = selfSignedCertificate();
    const { connect } = await serveBehindProxy({ proxyProtocol: ["loopback"], tls });
    const { socket } = await connect();
    socket.removeAllListeners("data");
    socket.write(header);
    const peer = new RawPeer(connectTls({ socket, ca: tls.cert }));
    onTestFinished(() => peer.destroy());
    await peer.upgrade();
    expect(JSON.parse(await peer.readText())).toEqual({ ...expected, secure: true });
    peer.write(textFrame("over TLS"));
    expect(await peer.readText()).toBe("over TLS");
  });

  it("comes before TLS in one piece with its first bytes", async () => {
    const tls = selfSignedCertificate();
    const { connect } = await serveBehindProxy({ proxyProtocol: true, tls });
    const { socket } = await connect();
    socket.removeAllListeners("data");
    socket.cork();
    socket.write(header);
    const peer = new RawPeer(connectTls({ socket, ca: tls.cert }));
    setImmediate(() => socket.uncork());
    onTestFinished(() => peer.destroy());
    await peer.upgrade();
    expect(JSON.parse(await peer.readText())).toEqual({ ...expected, secure: true });
  });

  it("is known to plain requests by nothing but their being served", async () => {
    const { connect } = await serveBehindProxy(
      { proxyProtocol: true },
      {
        listener: (_, response) => response.end("page"),
      },
    );
    const peer = await connect();
    peer.write(header, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
  });
});

describe("a header of a connection of the proxy's own", () => {
  it.each([
    ["version 1", "PROXY UNKNOWN\r\n"],
    ["version 2", Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex")],
  ])("(%s) leaves the addresses as they are", async (_, header) => {
    const { connect } = await serveBehindProxy();
    const peer = await connect();
    peer.write(header, upgradeHead());
    await peer.readUpgraded();
    const facts = JSON.parse(await peer.readText());
    expect(facts).toMatchObject({ remoteAddress: "127.0.0.1", remotePort: peer.socket.localPort });
  });
});

describe("who does not keep to it", () => {
  it.each([
    ["no header", upgradeHead()],
    ["a malformed one", "PROXY TCP4 a b c d\r\n"],
    ["TLS", Buffer.from([0x16, 3, 1, 0])],
  ])("and sends %s is dropped at once", async (_, bytes) => {
    const { connect, refused } = await serveBehindProxy();
    const peer = await connect();
    peer.write(bytes);
    expect((await peer.readToEnd()).length).toBe(0);
    expect(refused).toMatchObject([
      { code: "BAD_PROXY_HEADER", status: 0, remoteAddress: "127.0.0.1" },
    ]);
  });

  it("and says nothing is dropped at the deadline", async () => {
    const { connect, refused } = await serveBehindProxy(
      { proxyProtocol: true },
      { handshakeTimeout: 50 },
    );
    const peer = await connect();
    expect((await peer.readToEnd()).length).toBe(0);
    expect(refused).toMatchObject([{ code: "HANDSHAKE_TIMEOUT", status: 0 }]);
  });

  it("and leaves is forgotten", async () => {
    const { connect, refused, server } = await serveBehindProxy();
    const peer = await connect();
    peer.write("PROXY ");
    peer.socket.end();
    await until(() => refused.length > 0);
    expect(refused).toMatchObject([{ code: "CONNECTION_LOST" }]);
    expect(await server.shutdown()).toMatchObject({ handshakes: 0 });
  });

  it("is under way at a shutdown is dropped", async () => {
    const { connect, server } = await serveBehindProxy();
    const peer = await connect();
    peer.write("PROXY ");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const done = server.shutdown();
    await peer.untilEnded();
    peer.destroy();
    expect(await done).toMatchObject({ handshakes: 1 });
  });
});

describe("proxyProtocol as a list of addresses", () => {
  it("takes the header from these only", async () => {
    const { connect } = await serveBehindProxy({ proxyProtocol: ["192.0.2.0/24"] });
    const honest = await connect();
    honest.write(upgradeHead());
    await honest.readUpgraded();
    expect(JSON.parse(await honest.readText())).toMatchObject({ remoteAddress: "127.0.0.1" });
    const liar = await connect();
    liar.write(TEXT, upgradeHead());
    expect((await liar.readResponse()).status).toBe(400);
  });
});

describe("the client's address, as the header tells it,", () => {
  it("counts for the limits per address, and is what admit is asked about", async () => {
    const asked: (string | undefined)[] = [];
    const { connect, refused } = await serveBehindProxy(
      { proxyProtocol: true },
      {
        maxConnectionsPerAddress: 1,
        admit(address) {
          asked.push(address);
          return address !== "192.0.2.66";
        },
      },
    );
    const header = (last: number) => `PROXY TCP4 192.0.2.${last} 198.51.100.7 4711 443\r\n`;
    for (const [last, admitted] of [
      [1, true],
      [2, true],
      [1, false],
      [66, false],
    ] as const) {
      const peer = await connect();
      peer.write(header(last), upgradeHead());
      if (admitted) await peer.readUpgraded();
      else await peer.untilEnded();
    }
    expect(asked).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.66"]);
    expect(refused.map(({ code, remoteAddress }) => [code, remoteAddress])).toEqual([
      ["TOO_MANY_FROM_ADDRESS", "192.0.2.1"],
      ["NOT_ADMITTED", "192.0.2.66"],
    ]);
  });

  it("lets the origin be of either scheme where the proxy does not say by which it was asked", async () => {
    const { connect } = await serveBehindProxy();
    const status = async (header: string | Buffer, Origin: string) => {
      const peer = await connect();
      peer.write(header, upgradeHead("/", { Host: "a.test", Origin }));
      return (await peer.readResponse()).status;
    };
    expect(await status(TEXT, "https://a.test")).toBe(101);
    expect(await status(TEXT, "http://a.test")).toBe(101);
    expect(await status(TEXT, "https://b.test")).toBe(403);
    expect(await status(binary(...OVER_TLS), "https://a.test")).toBe(101);
    expect(await status(binary(...OVER_TLS), "http://a.test")).toBe(403);
  });
});
