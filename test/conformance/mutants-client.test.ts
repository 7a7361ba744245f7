import { describe, expect, it } from "vitest";
import type { Case } from "../../src/conformance/case.ts";
import { type CaseResult, listen } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { forRole, inTurns, notRight, validText, verdictOf } from "./reference/case-runs.ts";
import type { Faults } from "./reference/faults.ts";
import { cannotFail, mutantFor } from "./reference/mutants.ts";
import { echoClient } from "./reference/reference-client.ts";

describe("client under test", () => {
  const play = async (cases: readonly Case[], faultsOf: (testCase: Case) => Faults) => {
    const known = new Map<string, () => void>();
    const onResult = ({ id }: CaseResult) => known.get(id)?.();
    const tests = await listen({ port: 0, cases: cases.map(({ id }) => id), onResult });
    const one = async (testCase: Case) => {
      // A name for each case: a request for another one is no sign that this client is alive.
      const path = `?casetuple=${testCase.id}&agent=reference-${testCase.id}`;
      const faults = faultsOf(testCase);
      const done = new Promise<void>((resolve) => known.set(testCase.id, resolve));
      await echoClient(tests.port, `/runCase${path}`, faults);
      if (!faults.leaves) await echoClient(tests.port, `/getCaseStatus${path}`);
      await done;
    };
    const light = cases.filter(({ heavy }) => !heavy);
    await inTurns(light, 24, one);
    await inTurns(
      cases.filter(({ heavy }) => heavy),
      5,
      one,
    );
    const results = tests.results();
    await tests.close();
    expect(results.length).toBe(cases.length);
    return results;
  };

  it("passes every case when it is right", { timeout: 300_000 }, async () => {
    const results = await play(forRole("client"), () => ({}));
    expect(notRight(results)).toEqual([]);
  });

  it("fails each case when it is wrong in that point", { timeout: 300_000 }, async () => {
    const cases = forRole("client").filter((testCase) => !cannotFail(testCase, "client"));
    const results = await play(cases, (testCase) => mutantFor(testCase, validText(testCase.id)));
    expect(results.filter((result) => severity(result) === "ok").map(verdictOf)).toEqual([]);
  });
});
