import { describe, expect, it } from "vitest";
import { compareIds } from "../../src/conformance/case-numbers.ts";
import { patternOf, select } from "../../src/conformance/selection.ts";
import { parseSpec } from "../../src/conformance/spec-file.ts";

describe("specification files", () => {
  it("of Autobahn's fuzzing client name servers", () => {
    const spec = parseSpec(
      {
        outdir: "./reports/servers",
        options: { failByDrop: false },
        servers: [
          { agent: "one", url: "ws://127.0.0.1:9001", options: { version: 18 } },
          { url: "wss://127.0.0.1:9002", headers: { "X-A": 1 }, origin: "http://a" },
        ],
        cases: ["1.*", "6.4.*"],
        "exclude-cases": ["1.2.*"],
        "exclude-agent-cases": { "o*": ["6.*"] },
      },
      "file",
    );
    expect(spec).toEqual({
      outdir: "./reports/servers",
      servers: [
        { agent: "one", url: "ws://127.0.0.1:9001" },
        { url: "wss://127.0.0.1:9002", headers: [["X-A", "1"]], origin: "http://a" },
      ],
      cases: ["1.*", "6.4.*"],
      exclude: ["1.2.*"],
      excludeByAgent: { "o*": ["6.*"] },
      protocols: [],
      ignored: [],
    });
  });

  it("may offer subprotocols and name a host for TLS", () => {
    const server = { url: "wss://127.0.0.1", protocols: ["chat", "echo"], hostname: "example.com" };
    expect(parseSpec({ servers: [server] }, "file").servers).toEqual([
      {
        url: "wss://127.0.0.1",
        servername: "example.com",
        headers: [["Sec-WebSocket-Protocol", "chat, echo"]],
      },
    ]);
    const protocols = ["chat"];
    expect(parseSpec({ url: "ws://127.0.0.1:9001", protocols }, "file").protocols).toEqual([
      "chat",
    ]);
  });

  it("say which options change nothing here", () => {
    const spec = parseSpec(
      {
        options: { version: 18, failByDrop: true },
        servers: [{ url: "ws://a", options: { failByDrop: false, closeHandshakeTimeout: 5 } }],
      },
      "file",
    );
    expect(spec.ignored).toEqual([
      'option "failByDrop": true',
      'option "closeHandshakeTimeout": 5',
    ]);
  });

  it("have patterns that stand for every case that begins so", () => {
    const spec = parseSpec(
      { url: "ws://a", cases: ["12.*.1", "5.1"], "exclude-cases": ["12.*.10"] },
      "file",
    );
    expect(select({ ...spec, cases: spec.cases! }, "server").map(({ id }) => id)).toContain(
      "12.1.18",
    );
    expect(spec.cases).toEqual(["12.*.1*", "5.1"]);
    expect(spec.exclude).toEqual(["12.*.10*"]);
  });

  it("of Autobahn's fuzzing server name an address, and mean Autobahn's cases", () => {
    const spec = parseSpec({ url: "ws://0.0.0.0:9005", cases: ["*"] }, "file");
    expect(spec.listen).toEqual({ host: "0.0.0.0", port: 9005 });
    expect(select({ cases: spec.cases! }, "client").length).toBe(517);
  });

  it.each([
    [null],
    [[]],
    [{}],
    [{ servers: {} }],
    [{ servers: [{}] }],
    [{ url: "nonsense" }],
    [{ url: "ws://a", cases: "1.*" }],
    [{ url: "ws://a", cases: [1] }],
    [{ url: "ws://a", "exclude-agent-cases": [] }],
  ])("that are wrong are refused: %j", (value) => {
    expect(() => parseSpec(value, "spec.json")).toThrow(/^spec\.json: expected/);
  });
});

describe("selection", () => {
  it("takes patterns as Autobahn does", () => {
    expect(patternOf("1.*").test("1.1.1")).toBe(true);
    expect(patternOf("1.*").test("10.1.1")).toBe(false);
    expect(patternOf("*").test("7.1.1")).toBe(true);
    expect(patternOf("6.4.1").test("6.4.10")).toBe(false);
  });

  it("has the 517 cases of Autobahn under their numbers, for both roles", () => {
    const cases = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*", "12.*", "13.*"];
    const counts = (role: "server" | "client") => select({ cases }, role).length;
    expect([counts("server"), counts("client")]).toEqual([517, 517]);
    expect(select({ cases: ["12.*"] }, "server").length).toBe(90);
    expect(select({ cases: ["13.*"] }, "server").length).toBe(126);
  });

  it("leaves sections over 13 to clients that ask for them", () => {
    expect(select({}, "client").length).toBe(517);
    expect(select({ cases: ["21.*"] }, "client").length).toBeGreaterThan(40);
    expect(select({}, "server").length).toBeGreaterThan(700);
  });

  it("sorts numbers as numbers", () => {
    expect(["1.10.1", "1.2.1", "1.2", "10.1"].sort(compareIds)).toEqual([
      "1.2",
      "1.2.1",
      "1.10.1",
      "10.1",
    ]);
  });
});
