/** Verdicts that a wait decided: repeated by themselves, and called flaky where they differ. */
import { afterEach, describe, expect, it } from "vitest";
import { ALL_CASES } from "../../../src/conformance/cases/all.ts";
import { type CaseResult, type ConformOptions, conform } from "../../../src/conformance/conform.ts";
import { notRunResult } from "../../../src/conformance/result.ts";
import { Repeats } from "../../../src/conformance/run/repeats.ts";
import type { Faults } from "../reference/faults.ts";
import { type ReferenceServer, startReferenceServer } from "../reference/reference-server.ts";

const servers: ReferenceServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function run(faults: Faults, options: ConformOptions): Promise<CaseResult[]> {
  const server = await startReferenceServer(faults);
  servers.push(server);
  const results: CaseResult[] = [];
  for await (const result of conform(server.url, options)) results.push(result);
  return results;
}

/** Answers no Ping but from the `first` on. */
const deafUntil = (first: number): Faults => {
  let pings = 0;
  return { pong: (payload) => (++pings < first ? undefined : payload) };
};

describe("a case that failed because a wait ran out", () => {
  it("is repeated alone, and flaky where that gives another verdict", async () => {
    const [result] = await run(deafUntil(2), { cases: ["2.2"] });
    expect(result).toMatchObject({ behavior: "OK", behaviorClose: "OK", flaky: true });
    expect(result?.attempts).toEqual(["FAILED / OK", "OK / OK"]);
  });

  it("is not repeated without retries", async () => {
    const [result] = await run(deafUntil(2), { cases: ["2.2"], retries: 0 });
    expect(result).toMatchObject({ behavior: "FAILED", flaky: false, attempts: ["FAILED / OK"] });
  });

  it("may be repeated more than once", async () => {
    const [result] = await run(deafUntil(3), { cases: ["2.2"], retries: 2 });
    expect(result).toMatchObject({ behavior: "OK", flaky: true });
    expect(result?.attempts).toHaveLength(3);
  });

  it("stays failed, and is not flaky, where it fails again", async () => {
    const [result] = await run(deafUntil(100), { cases: ["2.2"] });
    expect(result).toMatchObject({ behavior: "FAILED", flaky: false });
    expect(result?.attempts).toEqual(["FAILED / OK", "FAILED / OK"]);
  });
});

it("a case that failed by what came is not repeated", async () => {
  const alters = (payload: Buffer) => Buffer.alloc(payload.length, "-");
  const [result] = await run({ alters }, { cases: ["1.1.2"] });
  expect(result).toMatchObject({ behavior: "FAILED", flaky: false });
  expect(result?.attempts).toHaveLength(1);
});

it("a testee that is silent in every case is no flaky one", { timeout: 60_000 }, async () => {
  const cases = ["1", "2"].flatMap((group) => [1, 2, 3, 4, 5].map((n) => `1.${group}.${n}`));
  const results = await run({ loses: () => true }, { cases, jobs: 16 });
  expect(results.filter(({ behavior }) => behavior === "FAILED")).toHaveLength(10);
  expect(results.filter(({ flaky }) => flaky)).toEqual([]);
});

it("waits that run out again and again are believed, of a busy testee later", () => {
  const testCase = ALL_CASES.find(({ id }) => id === "1.1.1")!;
  const subject = { number: 1, agent: "testee" };
  const result = notRunResult(testCase, subject, "server", "Not run.");
  const repeats = new Repeats();
  const known = (busy: boolean) => repeats.needed({ testCase, result, busy });
  for (let i = 0; i < 6; i++) repeats.judged({ testCase, result, busy: false }, result, result);
  expect([known(false), known(true)]).toEqual([false, true]);
  for (let i = 0; i < 14; i++) repeats.judged({ testCase, result, busy: true }, result, result);
  expect([known(false), known(true)]).toEqual([false, false]);
  const other = { ...result, behavior: "OK" as const, attempts: ["OK / NOT RUN"] };
  expect(repeats.judged({ testCase, result, busy: false }, result, other).flaky).toBe(true);
  expect([known(false), known(true)]).toEqual([true, true]);
});

it("a run that is broken off yields what was to be repeated", async () => {
  const controller = new AbortController();
  let messages = 0;
  const loses = () => {
    // The fifth is sent when the first of them is repeated.
    if (++messages === 5) controller.abort();
    return true;
  };
  const cases = ["1.1.2", "1.1.3", "1.1.4", "1.1.5"];
  const results = await run({ loses }, { cases, signal: controller.signal });
  expect(results.map(({ behavior, id }) => `${id} ${behavior}`).sort()).toEqual(
    cases.map((id) => `${id} FAILED`),
  );
  expect(results.every(({ attempts }) => attempts.length === 1)).toBe(true);
});

it("retries are a whole number from 0", async () => {
  for (const retries of [-1, 1.5]) {
    const run = conform("ws://127.0.0.1:1/", { retries }).next();
    await expect(run).rejects.toThrow("expected retries to be an integer from 0");
  }
});
