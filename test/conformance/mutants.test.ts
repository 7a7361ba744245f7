import { afterAll, describe, expect, it } from "vitest";
import { attempt } from "../../src/conformance/attempt.ts";
import type { Case } from "../../src/conformance/case.ts";
import { ALL_CASES } from "../../src/conformance/cases/all.ts";
import { SEQUENCE_GROUPS } from "../../src/conformance/cases/utf8-sequences.ts";
import { type CaseResult, conform, listen } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { numberOf } from "../../src/conformance/selection.ts";
import { testeeFrom } from "../../src/conformance/testee.ts";
import { cannotFail, mutantFor } from "./reference/mutants.ts";
import { echoClient } from "./reference/reference-client.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

const forRole = (role: "server" | "client") =>
  ALL_CASES.filter(({ only }) => only === undefined || only === role);

function validText(id: string): boolean {
  const [section, group, index] = id.split(".").map(Number);
  if (section !== 6) return true;
  return SEQUENCE_GROUPS[group! - 5]?.sequences[index! - 1]?.valid ?? true;
}

/** Runs `act` on every item, a few at a time. */
async function inTurns<T>(items: readonly T[], width: number, act: (item: T) => Promise<void>) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

const verdictOf = ({ id, behavior, behaviorClose, result }: CaseResult) =>
  `${id} ${behavior} / ${behaviorClose}: ${result}`;

/** What a right peer gets: never less than OK, and INFORMATIONAL only where nothing is judged. */
function notRight(results: readonly CaseResult[]): string[] {
  const informational = (id: string) => {
    const testCase = ALL_CASES.find((one) => one.id === id)!;
    return cannotFail(testCase) || testCase.expectation.startsWith("Refused or opened");
  };
  return results
    .filter(({ id, behavior, behaviorClose }) => {
      const wanted = informational(id) ? "INFORMATIONAL" : "OK";
      return behavior !== wanted || behaviorClose !== wanted;
    })
    .map(verdictOf);
}

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
    const cases = forRole("server").filter((testCase) => !cannotFail(testCase));
    await inTurns(cases, 32, async (testCase) => {
      const server = await startReferenceServer(mutantFor(testCase, validText(testCase.id)));
      const subject = { number: numberOf(testCase), agent: "mutant" };
      const options = { timeout: 60_000, scale: { full: false } };
      const result = await attempt(testeeFrom(server.url), testCase, subject, options);
      if (severity(result) === "ok") passed.push(verdictOf(result));
      await server.close();
    });
    expect(passed).toEqual([]);
  });
});

describe("client under test", () => {
  const play = async (cases: readonly Case[], faultsOf: (testCase: Case) => object) => {
    const tests = await listen({ port: 0, cases: cases.map(({ id }) => id) });
    const one = async (testCase: Case) => {
      const path = `?casetuple=${testCase.id}&agent=reference`;
      await echoClient(tests.port, `/runCase${path}`, faultsOf(testCase));
      await echoClient(tests.port, `/getCaseStatus${path}`);
    };
    const light = cases.filter(({ heavy }) => !heavy);
    await inTurns(light, 24, one);
    await inTurns(
      cases.filter(({ heavy }) => heavy),
      2,
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
    const cases = forRole("client").filter((testCase) => !cannotFail(testCase));
    const results = await play(cases, (testCase) => mutantFor(testCase, validText(testCase.id)));
    expect(results.filter((result) => severity(result) === "ok").map(verdictOf)).toEqual([]);
  });
});
