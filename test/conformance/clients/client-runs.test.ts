/** Tests of clients that end by themselves, and clients that the suite starts. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CaseResult, type ListenOptions, listen } from "../../../src/conformance/conform.ts";
import { echoClient } from "../reference/reference-client.ts";

const CLIENT = fileURLToPath(new URL("../reference/client-process.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

/** A command that runs the reference client; `mode` says what it does at the end, or in a case. */
const command = (mode: string, agent = "started") =>
  `"${process.execPath}" --import "${TSX}" "${CLIENT}" {url} ${agent} ${mode}`;

const verdicts = (results: readonly CaseResult[]) =>
  results.map(({ behavior, id }) => `${id} ${behavior}`);

async function started(mode: string, options: ListenOptions = {}) {
  const tests = await listen({
    port: 0,
    cases: ["1.1.1", "1.1.2", "1.1.3"],
    exec: command(mode),
    ...options,
  });
  await tests.closed;
  return tests;
}

describe("with once", () => {
  it("it ends after the first reports, and knows what nobody asked for", async () => {
    const reported: number[] = [];
    const tests = await listen({
      port: 0,
      cases: ["1.1.*"],
      once: true,
      excludeByAgent: { "m*": ["1.1.8"] },
      onReport: (results) => {
        reported.push(results.length);
      },
    });
    await echoClient(tests.port, "/runCase?case=1&agent=me");
    await echoClient(tests.port, "/runCase?case=3&agent=me");
    await echoClient(tests.port, "/updateReports?agent=me");
    await tests.closed;
    expect(reported).toEqual([2]);
    expect(verdicts(tests.notAsked())).toEqual(
      ["2", "4", "5", "6", "7"].map((n) => `1.1.${n} NOT RUN`),
    );
    expect(tests.notAsked()[0]?.result).toBe("The client has not asked for it.");
    expect(tests.clientExit).toBeUndefined();
  });
});

describe("a client that the suite starts", { timeout: 60_000 }, () => {
  it("gets the address, and its end ends the tests", async () => {
    const tests = await started("reports");
    expect(verdicts(tests.results())).toEqual(["1.1.1 OK", "1.1.2 OK", "1.1.3 OK"]);
    expect(tests.notAsked()).toEqual([]);
    expect(tests.clientExit).toBe(0);
  });

  it("need not ask for reports", async () => {
    const tests = await started("leaves");
    expect(tests.results()).toHaveLength(3);
    expect(tests.clientExit).toBe(0);
  });

  it("that dies in a case has crashed in that case, and the others were not run", async () => {
    const tests = await started("dies-at-2");
    expect(verdicts(tests.results())).toEqual(["1.1.1 OK", "1.1.2 FAILED"]);
    expect(tests.results()[1]).toMatchObject({
      crashed: true,
      result: expect.stringContaining(
        "Crash: the testee is gone (the client ended with exit code 5).",
      ),
    });
    expect(verdicts(tests.notAsked())).toEqual(["1.1.3 NOT RUN"]);
    expect(tests.clientExit).toBe(5);
  });

  it("that dies behind a case that ended cleanly has crashed in that case", async () => {
    const tests = await started("dies-behind-2");
    expect(verdicts(tests.results())).toEqual(["1.1.1 OK", "1.1.2 FAILED"]);
    expect(tests.results()[1]).toMatchObject({ crashed: true, behaviorClose: "OK" });
    expect(verdicts(tests.notAsked())).toEqual(["1.1.3 NOT RUN"]);
  });

  it("that asks for nothing more behind a clean close hangs, and the run ends", async () => {
    const tests = await started("hangs-behind-2", { timeout: 3000 });
    expect(verdicts(tests.results())).toEqual(["1.1.1 OK", "1.1.2 FAILED"]);
    expect(tests.results()[1]).toMatchObject({
      crashed: true,
      result: "The testee makes no further request: it hangs.",
    });
    expect(verdicts(tests.notAsked())).toEqual(["1.1.3 NOT RUN"]);
  });

  it("is ended when the tests are", async () => {
    const tests = await listen({ port: 0, cases: ["1.1.1"], exec: command("stays") });
    await expect.poll(() => tests.results().length, { timeout: 20_000 }).toBe(1);
    await tests.close();
    expect(tests.clientExit).toBeNull();
  });

  it("that cannot be started ends the tests", async () => {
    const tests = await started("reports", { exec: "no-such-command-anywhere" });
    expect(tests.results()).toEqual([]);
    expect(tests.clientExit).toBe(127);
  });
});
