import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { socks4Request } from "../../../src/client/proxy/socks-requests.ts";
import { connectThroughSocks4 } from "../../../src/client/proxy/socks4.ts";
import { ScriptedProxy } from "./scripted-proxy.ts";

let proxy: ScriptedProxy;
beforeEach(() => {
  proxy = new ScriptedProxy();
});
afterEach(() => proxy.close());

const GRANTED = "00 5a 0000 00000000";

describe("connectThroughSocks4", () => {
  it("sends a name behind the user, and keeps what comes behind the reply", async () => {
    const stream = await proxy.open(`${GRANTED} 6869`);
    await connectThroughSocks4(stream, "a.example", 443, undefined);
    expect(proxy.heard).toEqual([
      `0401 01bb 00000001 00 ${Buffer.from("a.example").toString("hex")} 00`.replaceAll(" ", ""),
    ]);
    expect(String(stream.read())).toBe("hi");
  });

  it("sends an address in binary, and the user name", async () => {
    const credentials = { username: "mé", password: "" };
    await connectThroughSocks4(await proxy.open(GRANTED), "10.1.2.3", 80, credentials);
    expect(proxy.heard).toEqual(["0401" + "0050" + "0a010203" + "6dc3a9" + "00"]);
  });

  it.each([
    ["rejected", "00 5b 0000 00000000", "PROXY_REFUSED", "rejected or failed (reply 91)"],
    ["no identd", "00 5c 0000 00000000", "PROXY_REFUSED", "cannot reach identd"],
    ["another user", "00 5d 0000 00000000", "PROXY_REFUSED", "names another user"],
    ["an unassigned reply", "00 00 0000 00000000", "PROXY_REFUSED", "unassigned (reply 0)"],
    ["another version", "05 5a 0000 00000000", "PROXY_FAILED", "begins with version 5; expected 0"],
    ["an end at once", null, "PROXY_FAILED", "hung up before its reply"],
  ])("reports %s", async (_, answer, code, message) => {
    const attempt = connectThroughSocks4(await proxy.open(answer), "a.example", 7, undefined);
    await expect(attempt).rejects.toMatchObject({
      name: "HandshakeError",
      code,
      status: 0,
      message: expect.stringContaining(message),
    });
  });
});

describe("socks4Request", () => {
  it.each([
    ["2001:db8::1", undefined, "no IPv6 address"],
    ["a", { username: "me", password: "secret" }, "has a user name and no password"],
    ["a", { username: "m\0e", password: "" }, "NUL"],
  ])("refuses what version 4 cannot carry: %s", (host, credentials, message) => {
    expect(() => socks4Request(host, 1, credentials)).toThrow(message);
  });
});
