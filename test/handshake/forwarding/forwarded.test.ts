import { describe, expect, it } from "vitest";
import { Fields } from "../../../src/handshake/fields.ts";
import { forwardedHops } from "../../../src/handshake/forwarding/forwarded.ts";

const NOTHING = { address: undefined, port: undefined, secure: undefined, host: undefined };

function usual(fields: Record<string, string>) {
  const entries = Object.entries(fields).map(([name, value]) => [`X-Forwarded-${name}`, value]);
  return forwardedHops(new Fields(entries as [string, string][]), "x-forwarded");
}

function standard(...values: string[]) {
  return forwardedHops(new Fields(values.map((value) => ["Forwarded", value])), "forwarded");
}

describe("X-Forwarded-*", () => {
  it("says nothing where it is absent", () => {
    expect(usual({})).toEqual([]);
    const fields = new Fields([["Forwarded", "for=192.0.2.1"]]);
    expect(forwardedHops(fields, "x-forwarded")).toEqual([]);
  });

  it("has an address for each proxy, the nearest one last", () => {
    expect(usual({ For: "192.0.2.1, 2001:db8::1,198.51.100.2" })).toEqual([
      { ...NOTHING, address: "198.51.100.2" },
      { ...NOTHING, address: "2001:db8::1" },
      { ...NOTHING, address: "192.0.2.1" },
    ]);
  });

  it.each([
    ["192.0.2.1:4711", "192.0.2.1", 4711],
    ["[2001:db8::1]:4711", "2001:db8::1", 4711],
    ["[2001:db8::1]", "2001:db8::1", undefined],
    ["2001:db8::1", "2001:db8::1", undefined],
    ["unknown", undefined, undefined],
    ["_hidden", undefined, undefined],
    ["300.1.1.1", undefined, undefined],
    ["192.0.2.1:x", undefined, undefined],
    ["<script>", undefined, undefined],
  ])("takes %s for the address %s and the port %s", (text, address, port) => {
    expect(usual({ For: text })).toEqual([{ ...NOTHING, address, port }]);
  });

  it("tells the scheme and the host", () => {
    const common = { For: "192.0.2.1", Host: "example.com" };
    const secure = (Proto: string) => usual({ ...common, Proto })[0]?.secure;
    expect(["https", "HTTPS", "wss", "http", "ws", "ftp"].map(secure)).toEqual([
      true,
      true,
      true,
      false,
      false,
      undefined,
    ]);
    expect(usual(common)).toEqual([{ ...NOTHING, address: "192.0.2.1", host: "example.com" }]);
  });

  it("may do so without an address", () => {
    expect(usual({ Proto: "https" })).toEqual([{ ...NOTHING, secure: true }]);
    expect(usual({ Host: "a.test" })).toEqual([{ ...NOTHING, host: "a.test" }]);
  });

  it("tells the port beside a host that has none", () => {
    const host = (Host: string, Port: string) => usual({ Host, Port })[0]?.host;
    expect(host("a.test", "8443")).toBe("a.test:8443");
    expect(host("[::1]", "8443")).toBe("[::1]:8443");
    expect(host("a.test:1", "8443")).toBe("a.test:1");
    expect(host("a.test", "x")).toBe("a.test");
    expect(host("a b", "8443")).toBeUndefined();
  });

  it("is read proxy by proxy, also where some have replaced what was there", () => {
    const For = "192.0.2.1, 198.51.100.2";
    const secure = (Proto: string) => usual({ For, Proto }).map((hop) => hop.secure);
    expect(secure("https, http")).toEqual([false, true]);
    expect(secure("https")).toEqual([true, true]);
  });
});

describe("Forwarded (RFC 7239)", () => {
  it("is read as its examples are", () => {
    expect(standard('For="[2001:db8:cafe::17]:4711"')).toEqual([
      { ...NOTHING, address: "2001:db8:cafe::17", port: 4711 },
    ]);
    expect(standard("for=192.0.2.60;proto=http;by=203.0.113.43")).toEqual([
      { ...NOTHING, address: "192.0.2.60", secure: false },
    ]);
    expect(standard("for=192.0.2.43, for=198.51.100.17").map((hop) => hop.address)).toEqual([
      "198.51.100.17",
      "192.0.2.43",
    ]);
    expect(standard('for="_gazonk"')).toEqual([NOTHING]);
  });

  it("may be spread over several fields", () => {
    const hops = standard("for=192.0.2.43", "for=198.51.100.17;host=a.test;proto=https");
    expect(hops).toEqual([
      { ...NOTHING, address: "198.51.100.17", host: "a.test", secure: true },
      { ...NOTHING, address: "192.0.2.43" },
    ]);
  });

  it("may have quoted values with anything in them", () => {
    expect(standard('host="a.test:1";for="\\192.0.2.1"; ext="a,b;c\\"d", for=192.0.2.2')).toEqual([
      { ...NOTHING, address: "192.0.2.2" },
      { ...NOTHING, address: "192.0.2.1", host: "a.test:1" },
    ]);
  });

  it("counts the first of two pairs with one name, and passes over what is none", () => {
    expect(standard("for=192.0.2.1;for=192.0.2.2;nonsense;=x")).toEqual([
      { ...NOTHING, address: "192.0.2.1" },
    ]);
    expect(standard(", ,;")).toEqual([]);
    expect(standard('for="192.0.2.1')).toEqual([]);
  });

  it("takes no time however it is malformed", () => {
    const begun = performance.now();
    for (const text of ['"', 'a"', '"\\', "=", "a=", ";,", '""', 'a="b"']) {
      standard(text.repeat(16_384 / text.length));
      standard(`${"a".repeat(16_384)}${text}`);
      standard(`${text.repeat(8192 / text.length)}"`);
    }
    // Some milliseconds; a pattern with two ways to match takes seconds.
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
