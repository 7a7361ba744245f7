import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeLogin } from "../../../src/client/proxy/socks-requests.ts";
import { connectThroughSocks5 } from "../../../src/client/proxy/socks5.ts";
import { ScriptedProxy } from "./scripted-proxy.ts";

let proxy: ScriptedProxy;
let heard: readonly string[];
beforeEach(() => {
  proxy = new ScriptedProxy();
  heard = proxy.heard;
});
afterEach(() => proxy.close());

const scripted = (...answers: (string | null)[]) => proxy.open(...answers);

const LOGIN = { username: "me", password: "pw" };

describe("connectThroughSocks5", () => {
  it("sends a name as a name, and keeps what comes behind the reply", async () => {
    const socket = await scripted("0500", "05000001 7f000001 0050 6869");
    await connectThroughSocks5(socket, "example.com", 443, undefined);
    expect(heard).toEqual([
      "050100",
      `050100030b${Buffer.from("example.com").toString("hex")}01bb`,
    ]);
    expect(String(socket.read())).toBe("hi");
  });

  it("sends addresses in binary", async () => {
    await connectThroughSocks5(
      await scripted("0500", "05000003 01 61 0050"),
      "10.1.2.3",
      80,
      undefined,
    );
    expect(heard[1]).toBe("050100010a0102030050");
  });

  it.each([
    ["::1", "00000000000000000000000000000001"],
    ["::", "00000000000000000000000000000000"],
    ["fd00::", "fd000000000000000000000000000000"],
    ["2001:db8::1:2", "20010db8000000000000000000010002"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ])("sends the IPv6 address %s", async (address, hex) => {
    await connectThroughSocks5(
      await scripted("0500", `05000004${"00".repeat(18)}`),
      address,
      1,
      undefined,
    );
    expect(heard[1]).toBe(`05010004${hex}0001`);
  });

  it("logs in where the proxy asks for it", async () => {
    await connectThroughSocks5(
      await scripted("0502", "0100", `05000001${"00".repeat(6)}`),
      "a",
      1,
      LOGIN,
    );
    expect(heard.slice(0, 2)).toEqual(["05020002", "01026d65027077"]);
  });

  it("takes an answer that comes byte by byte", async () => {
    const socket = await scripted();
    const done = connectThroughSocks5(socket, "a", 1, undefined);
    const peer = proxy.sockets.find((one) => one !== socket) as Socket;
    for (const byte of Buffer.from(`0500050000030161${"00".repeat(2)}`, "hex")) {
      peer.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(done).resolves.toBeUndefined();
  });

  it.each([
    ["a method that was not offered", ["0502"], undefined, "PROXY_REFUSED", "method 2"],
    ["no method", ["05ff"], undefined, "PROXY_REFUSED", "wants credentials"],
    ["no method, though credentials were offered", ["05ff"], LOGIN, "PROXY_REFUSED", "neither"],
    ["wrong credentials", ["0502", "0101"], LOGIN, "PROXY_REFUSED", "does not accept"],
    ["not allowed", ["0500", "05020001000000000000"], undefined, "PROXY_REFUSED", "rules"],
    ["refused", ["0500", "05050001000000000000"], undefined, "PROXY_REFUSED", "connection refused"],
    [
      "an unassigned reply",
      ["0500", "05630001"],
      undefined,
      "PROXY_REFUSED",
      "unassigned (reply 99",
    ],
    ["another version", ["0400"], undefined, "PROXY_FAILED", "begins with version 4"],
    [
      "HTTP",
      [Buffer.from("HTTP/1.1 400").toString("hex")],
      undefined,
      "PROXY_FAILED",
      "version 72",
    ],
    ["another version of login", ["0502", "0500"], LOGIN, "PROXY_FAILED", "version 5; expected 1"],
    ["another version of reply", ["0500", "04000001"], undefined, "PROXY_FAILED", "version 4"],
    ["an unknown kind of address", ["0500", "05000002"], undefined, "PROXY_FAILED", "type 2"],
    ["an end at once", [null], undefined, "PROXY_FAILED", "hung up before its choice"],
    ["an end in the reply", ["0500", null], undefined, "PROXY_FAILED", "hung up before its reply"],
  ] as const)("reports %s", async (_, answers, credentials, code, message) => {
    const socket = await scripted(...answers);
    await expect(connectThroughSocks5(socket, "a.example", 7, credentials)).rejects.toMatchObject({
      name: "HandshakeError",
      code,
      status: 0,
      message: expect.stringContaining(message),
    });
  });

  it("refuses a name that no SOCKS5 request can carry, before it sends anything", async () => {
    const socket = await scripted();
    await expect(connectThroughSocks5(socket, "a".repeat(256), 7, undefined)).rejects.toMatchObject(
      {
        code: "INVALID_ARGUMENT",
      },
    );
    expect(socket.bytesWritten).toBe(0);
  });
});

describe("encodeLogin", () => {
  it("counts bytes, not characters", () => {
    expect(encodeLogin({ username: "é", password: "p" }).toString("hex")).toBe("0102c3a90170");
    expect(encodeLogin({ username: "x".repeat(255), password: "p" })).toHaveLength(1 + 256 + 2);
    expect(() => encodeLogin({ username: "é".repeat(128), password: "p" })).toThrow(
      "1 to 255 bytes",
    );
    expect(() => encodeLogin({ username: "", password: "p" })).toThrow("1 to 255 bytes");
  });
});
