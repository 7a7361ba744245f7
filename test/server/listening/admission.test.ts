import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { type RefusedHandshake, Server, type ServerOptions } from "../../../src/index.ts";
import { Admission } from "../../../src/server/listening/admission.ts";
import { serverSettings } from "../../../src/server/options.ts";
import { textFrame } from "../../raw-peer.ts";
import { serve, until } from "../../served.ts";
import { streamPair } from "../../stream-pair.ts";

const ECHO = {
  message: (ws: { send(data: string | Buffer): unknown }, data: string | Buffer) => ws.send(data),
};

/** Many TCP connections that say nothing. */
async function crowd(port: number, size: number): Promise<{ open(): number }> {
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  let settled = 0;
  for (let i = 0; i < size; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => settled++);
    socket.on("error", () => {});
    socket.once("close", (hadError) => void (hadError && settled++));
    sockets.push(socket);
  }
  await until(() => settled >= size);
  return { open: () => sockets.filter(({ destroyed }) => !destroyed).length };
}

describe("beyond maxConnections", () => {
  it.each<[string, ServerOptions]>([
    ["the whole server's", { maxConnections: 10 }],
    ["that of an address", { maxConnectionsPerAddress: 10 }],
    ["admit", { admit: () => false }],
  ])("(%s) a few sockets are told so and the others are dropped at once", async (_, options) => {
    const refused: RefusedHandshake[] = [];
    const onRefused = (what: RefusedHandshake) => void refused.push(what);
    const { address } = await serve(ECHO, { ...options, onRefused });
    const { open } = await crowd(address.port, 300);
    const admitted = options.admit === undefined ? 10 : 0;
    // The answer keeps 32 open, until their peers have taken it.
    await until(() => open() <= admitted + 32);
    await until(() => refused.length === 300 - admitted);
    const statuses = refused.map(({ status }) => status);
    expect(statuses.filter((status) => status === 0)).toHaveLength(300 - admitted - 32);
    expect(statuses.filter((status) => status >= 400)).toHaveLength(32);
  });

  it("there is an answer again once the earlier ones were taken", async () => {
    const { address, connect } = await serve(ECHO, { maxConnections: 0 });
    await crowd(address.port, 100);
    for (;;) {
      const peer = await connect();
      const answer = (await peer.readToEnd().catch(() => Buffer.alloc(0))).toString();
      if (answer.startsWith("HTTP/1.1 503 ")) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("on a TLS port all are dropped at once", async () => {
    const target = { port: 0, host: "127.0.0.1", tls: selfSignedCertificate() };
    const { address } = await serve(ECHO, { maxConnections: 0 }, target);
    const { open } = await crowd(address.port, 100);
    await until(() => open() === 0);
  });
});

describe("maxConnectionsPerAddress", () => {
  it("counts the open sockets of an address", async () => {
    const { server, open, connect } = await serve(ECHO, { maxConnectionsPerAddress: 2 });
    const first = await open();
    await open();
    const third = await connect();
    expect((await third.readResponse()).status).toBe(429);
    first.destroy();
    await until(() => server.connections.size === 1);
    const again = await open();
    again.write(textFrame("hello"));
    expect(await again.readText()).toBe("hello");
  });

  const admissionOf = (options: ServerOptions) => {
    const admission = new Admission(serverSettings(options), () => {});
    const streams = new Map<string, ReturnType<typeof streamPair>[0]>();
    let number = 0;
    const admit = (address: string | undefined) => {
      const [stream] = streamPair();
      streams.set(`${number++}`, stream);
      return admission.admitAddress(stream, address)?.code;
    };
    const leave = async (which: number) => {
      streams.get(`${which}`)?.destroy();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { admit, leave };
  };

  it("takes the first 64 bits of an IPv6 address for one", () => {
    const { admit } = admissionOf({ maxConnectionsPerAddress: 1 });
    expect(admit("2001:db8:0:1::1")).toBeUndefined();
    expect(admit("2001:db8:0:1:ffff::2")).toBe("TOO_MANY_FROM_ADDRESS");
    expect(admit("2001:0DB8::1:0:0:0:3")).toBe("TOO_MANY_FROM_ADDRESS");
    expect(admit("2001:db8:0:2::1")).toBeUndefined();
    expect(admit("::1")).toBeUndefined();
    expect(admit("192.0.2.1")).toBeUndefined();
    expect(admit("::ffff:192.0.2.1")).toBe("TOO_MANY_FROM_ADDRESS");
    expect(admit("192.0.2.2")).toBeUndefined();
  });

  it("forgets who has left, and does not count a Unix socket", async () => {
    const { admit, leave } = admissionOf({ maxConnectionsPerAddress: 1 });
    expect(admit("192.0.2.1")).toBeUndefined();
    await leave(0);
    expect(admit("192.0.2.1")).toBeUndefined();
    expect([admit(undefined), admit(undefined)]).toEqual([undefined, undefined]);
  });

  it("does not count who is not admitted for another reason", () => {
    let welcome = false;
    const { admit } = admissionOf({ maxConnectionsPerAddress: 1, admit: () => welcome });
    expect(admit("192.0.2.1")).toBe("NOT_ADMITTED");
    welcome = true;
    expect(admit("192.0.2.1")).toBeUndefined();
  });
});

describe("maxConnectionRatePerAddress", () => {
  it("refuses who comes too often", async () => {
    const { open, connect } = await serve(ECHO, { maxConnectionRatePerAddress: 2 });
    const peers = [await open(), await open()];
    for (const peer of peers) peer.destroy();
    const third = await connect();
    expect((await third.readResponse()).status).toBe(429);
  });

  it.each([0, -1, Number.NaN, "5", Number.NEGATIVE_INFINITY])("of %j is none", (rate) => {
    const options = { maxConnectionRatePerAddress: rate } as ServerOptions;
    expect(() => new Server(options)).toThrow(
      /maxConnectionRatePerAddress is a number of connections/,
    );
  });
});
