import { afterAll, describe, expect, it } from "vitest";
import { ALL_CASES } from "../../src/conformance/cases/all.ts";
import { SEQUENCE_GROUPS } from "../../src/conformance/cases/utf8-sequences.ts";
import { type CaseResult, conform, listen } from "../../src/conformance/conform.ts";
import { severity } from "../../src/conformance/report/summary.ts";
import { CANNOT_FAIL, mutantFor } from "./reference/mutants.ts";
import { echoClient } from "./reference/reference-client.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

const DIALOGS = ALL_CASES.filter(({ id }) => Number(id.split(".")[0]) < 20);
const CAN_FAIL = DIALOGS.filter(({ id }) => !CANNOT_FAIL.includes(id));

function validText(id: string): boolean {
  const [, group, index] = id.split(".").map(Number) as [number, number, number];
  return SEQUENCE_GROUPS[group - 5]?.sequences[index - 1]?.valid ?? true;
}

/** Whether a case may run beside many others without making them wait. */
function isLight(id: string): boolean {
  return !ALL_CASES.find((testCase) => testCase.id === id)?.heavy;
}

/** Runs `act` on every item, a few at a time. */
async function inTurns<T>(items: readonly T[], width: number, act: (item: T) => Promise<void>) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

const verdictOf = ({ id, behavior, behaviorClose }: CaseResult) =>
  `${id} ${behavior} / ${behaviorClose}`;

describe("server under test", () => {
  const servers: ReferenceServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it("passes every case when it is right", { timeout: 180_000 }, async () => {
    const server = await startReferenceServer();
    servers.push(server);
    const wrong: string[] = [];
    let count = 0;
    const cases = DIALOGS.map(({ id }) => id);
    for await (const result of conform(server.url, { cases })) {
      count++;
      const informational = CANNOT_FAIL.includes(result.id);
      const right = informational ? "INFORMATIONAL" : "OK";
      if (result.behavior !== right || result.behaviorClose !== right)
        wrong.push(verdictOf(result));
    }
    expect(wrong).toEqual([]);
    expect(count).toBe(517);
  });

  it("fails each case when it is wrong in that point", { timeout: 180_000 }, async () => {
    const passed: string[] = [];
    await inTurns(CAN_FAIL, 32, async ({ id }) => {
      const server = await startReferenceServer(mutantFor(id, validText(id)) ?? {});
      for await (const result of conform(server.url, { cases: [id], timeout: 10_000 })) {
        if (severity(result) === "ok") passed.push(verdictOf(result));
      }
      await server.close();
    });
    expect(passed).toEqual([]);
  });
});

describe("client under test", () => {
  const run = async (ids: readonly string[], faultsOf: (id: string) => object) => {
    const tests = await listen({ port: 0, cases: ids });
    const play = async (id: string) => {
      const path = `/runCase?casetuple=${id}&agent=reference`;
      await echoClient(tests.port, path, faultsOf(id));
    };
    await inTurns(ids.filter(isLight), 24, play);
    await inTurns(
      ids.filter((id) => !isLight(id)),
      2,
      play,
    );
    const results = await Promise.all(
      ids.map(async (id) => {
        await echoClient(tests.port, `/getCaseStatus?casetuple=${id}&agent=reference`);
        return tests.results().find((result) => result.id === id)!;
      }),
    );
    await tests.close();
    return results;
  };

  it("passes every case when it is right", { timeout: 180_000 }, async () => {
    const results = await run(
      CAN_FAIL.map(({ id }) => id),
      () => ({}),
    );
    expect(results.filter((result) => severity(result) !== "ok").map(verdictOf)).toEqual([]);
  });

  it("fails each case when it is wrong in that point", { timeout: 180_000 }, async () => {
    const results = await run(
      CAN_FAIL.map(({ id }) => id),
      (id) => mutantFor(id, validText(id)) ?? {},
    );
    expect(results.filter((result) => severity(result) === "ok").map(verdictOf)).toEqual([]);
  });
});
