import { afterAll, describe, expect, it } from "vitest";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { resultOf } from "../../src/conformance/result.ts";
import { attemptServer } from "../../src/conformance/run/attempt.ts";
import { numberOf } from "../../src/conformance/selection.ts";
import { testeeFrom } from "../../src/conformance/testee.ts";
import { forRole, inTurns, notRight, validText, verdictOf } from "./reference/case-runs.ts";
import { cannotFail, mutantFor } from "./reference/mutants.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

describe("server under test", () => {
  const servers: ReferenceServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it("passes every case when it is right", { timeout: 300_000 }, async () => {
    const server = await startReferenceServer();
    servers.push(server);
    const results: CaseResult[] = [];
    for await (const result of conform(server.url)) results.push(result);
    expect(notRight(results)).toEqual([]);
    expect(results.length).toBe(forRole("server").length);
  });

  it("fails each case when it is wrong in that point", { timeout: 300_000 }, async () => {
    const passed: string[] = [];
    const cases = forRole("server").filter((testCase) => !cannotFail(testCase, "server"));
    await inTurns(cases, 32, async (testCase) => {
      const server = await startReferenceServer(mutantFor(testCase, validText(testCase.id)));
      const subject = { number: numberOf(testCase), agent: "mutant" };
      const options = { timeout: 60_000, scale: { full: false } };
      const sighting = await attemptServer(testeeFrom(server.url), testCase, options);
      const result = resultOf(testCase, subject, sighting);
      if (severity(result) === "ok") passed.push(verdictOf(result));
      await server.close();
    });
    expect(passed).toEqual([]);
  });
});
