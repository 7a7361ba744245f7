/**
 * The fields of Autobahn's reports and their types, as version 25.10.1 wrote them in a run against
 * ws (`npm run autobahn -- --compare --peers ws` leaves both suites' reports side by side).
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { writeJson } from "../../src/conformance/report/json.ts";
import { startReferenceServer } from "./reference/reference-server.ts";

const FIELDS: Readonly<Record<string, RegExp>> = {
  agent: /string/,
  behavior: /string/,
  behaviorClose: /string/,
  case: /number/,
  closedByMe: /boolean/,
  createStats: /boolean/,
  createWirelog: /boolean/,
  description: /string/,
  droppedByMe: /boolean/,
  duration: /number/,
  expectation: /string/,
  expected: /object/,
  expectedClose: /object/,
  failedByMe: /boolean/,
  httpRequest: /string/,
  httpResponse: /string/,
  id: /string/,
  isServer: /boolean/,
  localCloseCode: /number|null/,
  localCloseReason: /string|null/,
  received: /array/,
  remoteCloseCode: /number|null/,
  remoteCloseReason: /string|null/,
  reportCompressionRatio: /boolean/,
  reportTime: /boolean/,
  result: /string/,
  resultClose: /string/,
  rxFrameStats: /object/,
  rxOctetStats: /object/,
  started: /string/,
  trafficStats: /object|null/,
  txFrameStats: /object/,
  txOctetStats: /object/,
  wasClean: /boolean/,
  wasCloseHandshakeTimeout: /boolean/,
  wasNotCleanReason: /string|null/,
  wasOpenHandshakeTimeout: /boolean/,
  wasServerConnectionDropTimeout: /boolean/,
  wirelog: /array/,
};

/** What is in our reports besides. */
const OURS = [
  "attempts",
  "crashed",
  "faults",
  "flaky",
  "rule",
  "rules",
  "strength",
  "wirelogOmitted",
  "wirelogTimes",
];

const TRAFFIC = ["incoming", "outgoing"].flatMap((side) =>
  [
    "CompressionRatio",
    "OctetsAppLevel",
    "OctetsWebSocketLevel",
    "OctetsWireLevel",
    "WebSocketFrames",
    "WebSocketMessages",
    "WebSocketOverhead",
  ].map((name) => `${side}${name}`),
);

const typeOf = (value: unknown) =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** The types of a line of the wire log: `"string,[number,string],number"`. */
const lineType = (line: readonly unknown[]): string =>
  line.map((part) => (Array.isArray(part) ? `[${lineType(part)}]` : typeOf(part))).join(",");

/** The lines that Autobahn writes, by their first word. */
const LINES: Readonly<Record<string, RegExp>> = {
  RO: /^string,\[number,string\]$/,
  TO: /^string,\[number,string\],boolean$/,
  RF: /^string,\[number,string\],number,boolean,number,boolean,(string|null)$/,
  TF: /^string,\[number,string\],number,boolean,number,(string|null),null,(number|null),boolean$/,
  CT: /^string,number,(string|null)$/,
  CTE: /^string,(string|null)$/,
  KL: /^string,number$/,
  KLE: /^string$/,
  TI: /^string,number$/,
  TIE: /^string$/,
  WLM: /^string,boolean$/,
};

describe("reports have the shape of Autobahn's", () => {
  let folder: string;
  const results: CaseResult[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "barewire-shape-"));
    const server = await startReferenceServer({ utf8: "never" });
    const cases = [
      "1.1.6",
      "2.1",
      "2.10",
      "3.2",
      "5.19",
      "6.4.1",
      "7.3.3",
      "7.7.1",
      "9.1.1",
      "12.1.1",
    ];
    for await (const result of conform(server.url, { cases, agent: "The Agent/1.0" })) {
      results.push(result);
    }
    await server.close();
    await writeJson(folder, results);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("in index.json", async () => {
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    expect(Object.keys(index)).toEqual(["The Agent/1.0"]);
    expect(index["The Agent/1.0"]["1.1.6"]).toEqual({
      behavior: "OK",
      behaviorClose: "OK",
      duration: expect.any(Number),
      remoteCloseCode: 1000,
      reportfile: "the_agent_1_0_case_1_1_6.json",
    });
  });

  it("in the report of each case", async () => {
    expect(results.length).toBe(10);
    for (const { id } of results) {
      const file = join(folder, `the_agent_1_0_case_${id.replaceAll(".", "_")}.json`);
      const report = JSON.parse(await readFile(file, "utf8"));
      expect(Object.keys(report).sort()).toEqual([...Object.keys(FIELDS), ...OURS].sort());
      for (const [name, type] of Object.entries(FIELDS)) {
        expect(typeOf(report[name]), `${id} ${name}`).toMatch(type);
      }
    }
  });

  it("in the wire log", () => {
    const lines = results.flatMap(({ wirelog }) => wirelog);
    for (const line of lines) expect(lineType(line)).toMatch(LINES[line[0]]!);
    const kinds = new Set(lines.map(([kind]) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(["RO", "TO", "RF", "TF", "CT", "KL", "WLM"]));
  });

  it("in the statistics of compression", () => {
    const compressed = results.find(({ id }) => id === "12.1.1")!;
    expect(Object.keys(compressed.trafficStats!).sort()).toEqual([...TRAFFIC].sort());
  });
});
