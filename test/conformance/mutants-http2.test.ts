import { afterAll, describe, expect, it } from "vitest";
import type { Case } from "../../src/conformance/case.ts";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { resultOf } from "../../src/conformance/result.ts";
import { attemptServer } from "../../src/conformance/run/attempt.ts";
import { numberOf, select } from "../../src/conformance/selection.ts";
import { testeeFrom } from "../../src/conformance/testee.ts";
import { inTurns, notRight, validText, verdictOf } from "./reference/case-runs.ts";
import { http2MutantFor } from "./reference/http2-mutants.ts";
import { startHttp2Server } from "./reference/http2-server.ts";
import { cannotFail, mutantFor } from "./reference/mutants.ts";

/** Every case that tests HTTP/2, and of each section that runs over it, too, a few. */
const SAMPLE = ["1.*", "2.*", "3.*", "5.*", "7.*", "9.1.3", "10.*", "12.1.1", "13.3.2"];
const WINDOWS = ["24.6.*", "24.7.*", "24.8.*", "24.9.*"];
const BEYOND = ["22.*", "23.*", "24.1.*", "24.2.*", "24.3.*", "24.5.*", ...WINDOWS, "25.*"];

describe("server under test over HTTP/2", () => {
  const servers: { close(): Promise<void> }[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it("passes every case when it is right", { timeout: 300_000 }, async () => {
    const server = await startHttp2Server();
    servers.push(server);
    const results: CaseResult[] = [];
    const options = { http2: true, cases: [...SAMPLE, ...BEYOND, "26.*"] };
    for await (const result of conform(server.url, options)) results.push(result);
    expect(notRight(results)).toEqual([]);
    expect(results.length).toBe(select(options, "server", "2").length);
  });

  it("fails each case when it is wrong in that point", { timeout: 300_000 }, async () => {
    const cases = select(
      { cases: [...SAMPLE, "24.5.*", ...WINDOWS, "25.*", "26.*"] },
      "server",
      "2",
    ).filter((testCase) => !cannotFail(testCase, "server"));
    const passed: string[] = [];
    await inTurns(cases, 16, async (testCase) => {
      const server = await startHttp2Server(faultsFor(testCase));
      const subject = { number: numberOf(testCase), agent: "mutant" };
      const options = { timeout: 60_000, scale: { full: false } };
      const testee = testeeFrom(server.url, { http2: true });
      const result = resultOf(testCase, subject, await attemptServer(testee, testCase, options));
      if (severity(result) === "ok") passed.push(verdictOf(result));
      await server.close();
    });
    expect(passed).toEqual([]);
  });
});

function faultsFor(testCase: Case) {
  if (testCase.kind === "http2") return http2MutantFor(testCase);
  const websocket = mutantFor(testCase, validText(testCase.id));
  const extension = websocket.answersExtension;
  if (extension === undefined) return { websocket };
  return { answers: [["sec-websocket-extensions", extension] as const], websocket };
}
