import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/index.ts";
import { AddressList } from "../../../src/server/listening/address-list.ts";

const has = (entries: readonly unknown[], address: string | undefined) =>
  new AddressList("option", entries).has(address);

describe("AddressList", () => {
  it.each<[readonly string[], string]>([
    [["192.0.2.1"], "192.0.2.1"],
    [["192.0.2.1"], "::ffff:192.0.2.1"],
    [["192.0.2.0/24"], "192.0.2.255"],
    [["0.0.0.0/0"], "192.0.2.1"],
    [["2001:db8::1"], "2001:db8:0::1"],
    [["2001:db8::/32"], "2001:db8:ffff::1"],
    [["loopback"], "127.0.0.5"],
    [["loopback"], "::1"],
    [["loopback"], "::ffff:127.0.0.1"],
    [["private"], "10.1.2.3"],
    [["private"], "172.31.0.1"],
    [["private"], "192.168.0.1"],
    [["private"], "fd00::1"],
    [["192.0.2.1", "loopback"], "127.0.0.1"],
  ])("%j has %s", (entries, address) => {
    expect(has(entries, address)).toBe(true);
  });

  it.each<[readonly string[], string]>([
    [["192.0.2.1"], "192.0.2.2"],
    [["192.0.2.0/24"], "192.0.3.0"],
    [["0.0.0.0/0"], "2001:db8::1"],
    [["2001:db8::/32"], "192.0.2.1"],
    [["loopback"], "128.0.0.1"],
    [["private"], "172.32.0.1"],
    [["private"], "127.0.0.1"],
    [[], "127.0.0.1"],
    [["loopback"], "nonsense"],
  ])("%j does not have %s", (entries, address) => {
    expect(has(entries, address)).toBe(false);
  });

  it("takes who comes by a Unix socket for one of this machine", () => {
    expect(has(["loopback"], undefined)).toBe(true);
    expect(has(["0.0.0.0/0"], undefined)).toBe(false);
  });

  it.each([
    "example.com",
    "192.0.2.1/33",
    "192.0.2.1/-1",
    "192.0.2.1/",
    "192.0.2.1/24/24",
    "2001:db8::/129",
    "",
    "constructor",
    5,
    null,
  ])("refuses %j", (entry) => {
    expect(() => has(["loopback", entry], undefined)).toThrow(ArgumentError);
    expect(() => has([entry], undefined)).toThrow(/^option\[0\] is no address, expected/);
  });
});
