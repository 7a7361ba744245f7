import { execFile } from "node:child_process";
import { connect as connectTls, type PeerCertificate } from "node:tls";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { type Connection, Server } from "../../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../../raw-peer.ts";
import { serve } from "../../served.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

/** The certificate that a TLS port shows. */
function certificateAt(port: number): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("close() of a listener", () => {
  it("frees its port and keeps its connections, and what listens elsewhere", async () => {
    const { server, address, open, connect } = await serve(ECHO);
    const other = await server.listen({ port: 0, host: "127.0.0.1" });
    const peer = await open();
    const asking = await connect();
    asking.write(upgradeHead().slice(0, 30));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await address.close();
    await expect(RawPeer.connect({ port: address.port, host: "127.0.0.1" })).rejects.toThrow();
    peer.write(textFrame("still here"));
    expect(await peer.readText()).toBe("still here");
    asking.write(upgradeHead().slice(30));
    await asking.readUpgraded();
    const elsewhere = await RawPeer.connect({ port: other.port, host: "127.0.0.1" });
    onTestFinished(() => elsewhere.destroy());
    await elsewhere.upgrade();
    // The port is free.
    const again = await server.listen({ port: address.port, host: "127.0.0.1" });
    expect(again.port).toBe(address.port);
    await address.close();
  });

  it("is waited for by a shutdown, which closes those connections too", async () => {
    const { server, address, open } = await serve(ECHO);
    const peer = await open();
    await address.close();
    const done = server.shutdown({ timeout: 1000 });
    expect((await peer.readClose()).code).toBe(1001);
    peer.destroy();
    expect(await done).toMatchObject({ destroyed: 0 });
  });

  it("is what await using does", async () => {
    const { server } = await serve(ECHO);
    const listener = await server.listen({ port: 0, host: "127.0.0.1" });
    await listener[Symbol.asyncDispose]();
    await expect(RawPeer.connect({ port: listener.port, host: "127.0.0.1" })).rejects.toThrow();
  });
});

describe("setSecureContext()", () => {
  const first = selfSignedCertificate(["first.test"]);
  const second = selfSignedCertificate(["second.test"]);
  const target = { port: 0, host: "127.0.0.1", tls: first };

  it("renews the certificate, and keeps the connections and the other options", async () => {
    const tls = { ...first, minVersion: "TLSv1.3" as const };
    const { address } = await serve(ECHO, {}, { ...target, tls });
    const open = new RawPeer(
      connectTls({ port: address.port, host: "127.0.0.1", rejectUnauthorized: false }),
    );
    onTestFinished(() => open.destroy());
    await open.upgrade();
    expect((await certificateAt(address.port)).subjectaltname).toContain("DNS:first.test");
    address.setSecureContext(second);
    expect((await certificateAt(address.port)).subjectaltname).toContain("DNS:second.test");
    open.write(textFrame("still here"));
    expect(await open.readText()).toBe("still here");
    const old = connectTls({
      port: address.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      maxVersion: "TLSv1.2",
    });
    await expect(
      new Promise((resolve, reject) => old.on("secureConnect", resolve).on("error", reject)),
    ).rejects.toThrow();
  });

  it("changes nothing by what node:tls cannot use", async () => {
    const { address } = await serve(ECHO, {}, target);
    expect(() => address.setSecureContext({ cert: "nonsense" })).toThrow();
    expect(() => address.setSecureContext(null as never)).toThrow(/takes an object/);
    expect((await certificateAt(address.port)).subjectaltname).toContain("DNS:first.test");
  });

  it("is refused on a plain port", async () => {
    const { address } = await serve(ECHO);
    expect(() => address.setSecureContext(second)).toThrow(/ws:.* is no TLS port/);
  });
});

describe("a TLS port", () => {
  const tls = selfSignedCertificate();

  async function protocolOf(
    server: object,
    ALPNProtocols?: string[],
  ): Promise<string | false | null> {
    const { address } = await serve(
      ECHO,
      {},
      { port: 0, host: "127.0.0.1", tls: { ...tls, ...server } },
    );
    const options = { port: address.port, host: "127.0.0.1", rejectUnauthorized: false };
    return new Promise((resolve, reject) => {
      const socket = connectTls(
        ALPNProtocols === undefined ? options : { ...options, ALPNProtocols },
      );
      onTestFinished(() => void socket.destroy());
      socket.on("secureConnect", () => resolve(socket.alpnProtocol)).on("error", reject);
    });
  }

  it("agrees upon http/1.1 by ALPN, and refuses other protocols", async () => {
    expect(await protocolOf({}, ["h2", "http/1.1"])).toBe("http/1.1");
    expect(await protocolOf({})).toBe(false);
    await expect(protocolOf({}, ["h2"])).rejects.toThrow(/application protocol/i);
  });

  it("agrees upon what its options say", async () => {
    expect(await protocolOf({ ALPNProtocols: ["other"] }, ["http/1.1", "other"])).toBe("other");
  });
});

describe("unref()", () => {
  it.each([
    [
      "of a listener, and of the server for those that are there and those to come",
      "(await new Server().listen(0)).unref(); await server.listen(0); server.unref(); await server.listen(0);",
      "ended",
    ],
    ["of the server, taken back", "await server.listen(0); server.unref().ref();", "running"],
  ])("%s", async (_, code, expected) => {
    const index = new URL("../../../src/index.ts", import.meta.url);
    const script = `
      import { Server } from ${JSON.stringify(index)};
      const server = new Server();
      ${code}
      setTimeout(() => { console.log("running"); process.exit(); }, 300).unref();
      process.on("exit", () => console.log("ended"));`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout.split("\n")[0]).toBe(expected);
  });
});

describe("the options of listen()", () => {
  it.each<[string, object, RegExp]>([
    ["proxyProtocol", { proxyProtocol: "10.0.0.1" }, /proxyProtocol is true, false or a list/],
    ["an address", { proxyProtocol: ["proxy.test"] }, /proxyProtocol\[0\] is no address/],
    ["tls", { tls: true }, /tls is an object with the options of tls\.createServer/],
  ])("are refused where %s is wrong", async (_, options, message) => {
    await expect(new Server().listen({ port: 0, ...options })).rejects.toThrow(message);
  });
});
