/** Runs what a command line of `barewire conform` asks for, and says how it goes. */

import type { Role } from "../../conformance/case.ts";
import { type CaseResult, conform, listen } from "../../conformance/conform.ts";
import { reportName } from "../../conformance/report/json.ts";
import type { RunInfo } from "../../conformance/report/run-info.ts";
import { agentsOf } from "../../conformance/report/sections.ts";
import { Unreachable } from "../../conformance/run/knock.ts";
import { select } from "../../conformance/selection.ts";
import type { SpecServer } from "../../conformance/spec-file.ts";
import { maskQuery, maskSecrets, secretsOfUrl } from "../dialing/secrets.ts";
import { version } from "../version.ts";
import type { ConformPlan } from "./options.ts";
import { exitCodeOf, interim, outputFor, report } from "./outcome.ts";
import { Progress } from "./progress.ts";
import { untilSignal } from "./signal.ts";

/** Exit codes of a run besides 0 and 1. */
const NOTHING_TESTED = 2;

/** Tests every server of a plan, one after the other. Resolves with the exit code. */
export async function testServers(plan: ConformPlan): Promise<number> {
  const results: CaseResult[] = [];
  const testees: Testees = [];
  const began = new Date().toISOString();
  let unreachable = false;
  const stopping = untilSignal();
  try {
    for (const server of plan.servers) {
      if (stopping.signal.aborted) break;
      const known: CaseResult[] = [];
      try {
        await testServer(plan, server, stopping.signal, known);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        process.stderr.write(`${error.message}\n`);
        unreachable = true;
      }
      const own = apart(known, results, server.url);
      const url = shownUrl(server.url);
      testees.push(...agentsOf(own).map((agent) => ({ agent, url })));
      results.push(...own);
    }
  } finally {
    stopping.end();
  }
  const partial = stopping.exitCode === undefined ? "" : "broken off: this report is partial; ";
  const run = { ...runOf(plan, "server", began), testees, partial };
  if (results.length > 0) await report(plan, results, run);
  if (stopping.exitCode !== undefined) return stopping.exitCode;
  if (unreachable) return NOTHING_TESTED;
  return await exitCodeOf(plan, results);
}

type Testees = { readonly agent: string; readonly url?: string }[];

/** What reports say of a run, before it is known who was tested. */
function runOf({ given, strict }: ConformPlan, role: Role, began: string): RunInfo {
  return { version: version(), began, role, testees: [], options: given, strict, partial: "" };
}

const clientsOf = (results: readonly CaseResult[]) => agentsOf(results).map((agent) => ({ agent }));

/** The URL without what is nobody's business. */
const shownUrl = (url: string) => maskSecrets(maskQuery(url), secretsOfUrl(url));

/** Reports go by the servers' names: one that an earlier server has gets the URL behind it. */
function apart(
  results: readonly CaseResult[],
  earlier: readonly CaseResult[],
  url: string,
): readonly CaseResult[] {
  const taken = new Set(earlier.map(({ agent }) => reportName(agent, "")));
  return results.map((result) =>
    taken.has(reportName(result.agent, ""))
      ? { ...result, agent: `${result.agent} ${url}` }
      : result,
  );
}

/** Adds results to `known` as they come, so that what there is can be reported at any time. */
async function testServer(
  plan: ConformPlan,
  server: SpecServer,
  signal: AbortSignal,
  known: CaseResult[],
): Promise<void> {
  const began = performance.now();
  const options = { ...optionsFor(plan, server), signal };
  const progress = new Progress(select(options, "server", plan.http2 ? "2" : "1.1").length);
  for await (const result of conform(server.url, options)) {
    known.push(result);
    progress.step(result, plan.strict);
  }
  progress.done();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  outputFor(plan).write(`\n${known[0]?.agent ?? server.url}: ${server.url}, ${seconds} s\n`);
}

function optionsFor(plan: ConformPlan, server: SpecServer) {
  const { ca, cases } = plan;
  const origin = server.origin ?? plan.origin;
  return {
    exclude: plan.exclude,
    excludeByAgent: plan.excludeByAgent,
    jobs: plan.jobs,
    timeout: plan.timeout,
    retries: plan.retries,
    insecure: plan.insecure,
    http2: plan.http2,
    ...(plan.pid === undefined ? {} : { pid: plan.pid }),
    ...(plan.start === undefined ? {} : { start: plan.start }),
    headers: [...plan.headers, ...(server.headers ?? [])],
    full: plan.full,
    ...(cases === undefined ? {} : { cases }),
    ...(origin === undefined ? {} : { origin }),
    ...(ca === undefined ? {} : { ca }),
    ...(server.servername === undefined ? {} : { servername: server.servername }),
    ...(server.agent === undefined ? {} : { agent: server.agent }),
  };
}

/**
 * Listens for clients until one asks for `/stopServer`, or `--once` or `--exec` say so, or the process is
 * told to end. Reports are written whenever a client asks for them. Resolves with the exit code; rejects
 * if they cannot be.
 */
export async function testClients(
  plan: ConformPlan,
  address: NonNullable<ConformPlan["listen"]>,
): Promise<number> {
  const progress = new Progress(0);
  const { cases, exec, tls } = plan;
  const run = runOf(plan, "client", new Date().toISOString());
  const tests = await listen({
    ...address,
    exclude: plan.exclude,
    excludeByAgent: plan.excludeByAgent,
    protocols: plan.protocols,
    timeout: plan.timeout,
    full: plan.full,
    once: plan.once,
    ...(cases === undefined ? {} : { cases }),
    ...(tls === undefined ? {} : { tls }),
    ...(exec === undefined ? {} : { exec }),
    onResult: (result) => progress.step(result, plan.strict),
    onReport: async (results) => {
      progress.done();
      await interim(plan, results, { ...run, testees: clientsOf(results) });
    },
  });
  const scheme = tls === undefined ? "ws" : "wss";
  outputFor(plan).write(`waiting for clients at ${scheme}://${address.host}:${tests.port}\n`);
  const stopping = untilSignal();
  stopping.signal.addEventListener("abort", () => void tests.close());
  try {
    await tests.closed;
  } finally {
    stopping.end();
  }
  progress.done();
  const code = tests.clientExit;
  if (code !== undefined && code !== 0) {
    process.stderr.write(
      `the client ended with ${code === null ? "a signal" : `exit code ${code}`}\n`,
    );
  }
  return clientsTested(
    plan,
    run,
    [...tests.results(), ...tests.notAsked()],
    tests.results().length,
  );
}

/** Writes the last report, with the cases that no client has asked for. */
async function clientsTested(
  plan: ConformPlan,
  run: RunInfo,
  results: readonly CaseResult[],
  tested: number,
): Promise<number> {
  if (tested === 0) {
    process.stderr.write("no client has run a case\n");
    return NOTHING_TESTED;
  }
  const missing = results.length - tested;
  const those = missing === 1 ? "1 case was" : `${missing} cases were`;
  const partial = missing > 0 ? `partial: ${those} never asked for; ` : "";
  await report(plan, results, { ...run, testees: clientsOf(results), partial });
  return await exitCodeOf(plan, results);
}
