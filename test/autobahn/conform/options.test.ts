import { describe, expect, it } from "vitest";
import { parseGateOptions } from "../../../autobahn/conform/options.ts";
import { UsageError } from "../../../autobahn/options.ts";

describe("options of conform:gate", () => {
  it("are barewire and ws in both roles and every case when left out", () => {
    expect(parseGateOptions([])).toEqual({
      runs: [
        { peer: "barewire", role: "server" },
        { peer: "barewire", role: "client" },
        { peer: "ws", role: "server" },
        { peer: "ws", role: "client" },
      ],
      cases: ["*"],
      full: false,
      out: "reports/conform-gate",
    });
  });

  it("name peers with a role or without, and cases", () => {
    const plan = parseGateOptions([
      ..."--peers bun:client --peers reference:no-pong:server,ws --cases 1.*,6.4.* --full".split(
        " ",
      ),
      ..."--out there".split(" "),
    ]);
    expect(plan).toMatchObject({
      runs: [
        { peer: "bun", role: "client" },
        { peer: "reference:no-pong", role: "server" },
        { peer: "ws", role: "server" },
        { peer: "ws", role: "client" },
      ],
      cases: ["1.*", "6.4.*"],
      full: true,
      out: "there",
    });
  });

  it("name the server over HTTP/2, which only barewire has", () => {
    expect(parseGateOptions(["--peers", "barewire:http2"])).toMatchObject({
      runs: [{ peer: "barewire", role: "server", http2: true }],
    });
    expect(() => parseGateOptions(["--peers", "ws:http2"])).toThrow("HTTP/2");
  });

  it("ask for help", () => {
    expect(parseGateOptions(["--help"])).toBe("help");
  });

  it.each([[["--peers", "nobody"]], [["--peers", "ws:proxy"]], [["--no-such"]], [["ws"]]])(
    "that are wrong are refused: %j",
    (args) => {
      expect(() => parseGateOptions(args)).toThrow(UsageError);
    },
  );
});
