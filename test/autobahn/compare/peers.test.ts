import { describe, expect, it } from "vitest";
import { FAULT_NAMES, faultsNamed } from "../../../autobahn/compare/faulty.ts";
import { PEER_LIST, PEER_NAMES } from "../../../autobahn/compare/peers.ts";

describe("the peers of the comparison", () => {
  it("have names of their own", () => {
    expect(new Set(PEER_NAMES).size).toBe(PEER_LIST.length);
    expect(PEER_NAMES).toEqual(
      expect.arrayContaining([
        "barewire",
        "ws",
        "faye-websocket",
        "websocket",
        "websockets",
        "bun",
      ]),
    );
  });

  it("include the right reference and at least six that are wrong, in both roles", async () => {
    const faulty = PEER_LIST.filter(({ kind }) => kind === "faulty");
    expect(faulty.length).toBeGreaterThanOrEqual(7);
    for (const peer of faulty) {
      expect((await peer.testee("server")).agent).toBe(peer.name);
      expect((await peer.testee("client")).agent).toBe(peer.name);
    }
  });

  it("are wrong in what their name says; an unknown name is refused", () => {
    expect(faultsNamed("right")).toEqual({});
    for (const name of FAULT_NAMES.filter((one) => one !== "right")) {
      expect(Object.keys(faultsNamed(name)).length).toBe(1);
    }
    expect(() => faultsNamed("no-such-fault")).toThrow(/expected one of right, no-utf8-check/);
  });
});
