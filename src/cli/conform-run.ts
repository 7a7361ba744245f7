/** Runs what a command line of `barewire conform` asks for, and says how it goes. */
import { type CaseResult, conform, listen } from "../conformance/conform.ts";
import { Unreachable } from "../conformance/knock.ts";
import { reportName } from "../conformance/report/json.ts";
import { hasFailed, summaryText } from "../conformance/report/summary.ts";
import { writeReports } from "../conformance/report/write.ts";
import { select } from "../conformance/selection.ts";
import type { SpecServer } from "../conformance/spec-file.ts";
import type { ConformPlan } from "./conform-options.ts";

/** Tests every server of a plan, one after the other. Resolves with the exit code. */
export async function testServers(plan: ConformPlan): Promise<number> {
  const results: CaseResult[] = [];
  let unreachable = false;
  for (const server of plan.servers) {
    try {
      results.push(...apart(await testServer(plan, server), results, server.url));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      process.stderr.write(`${error.message}\n`);
      unreachable = true;
    }
  }
  if (results.length > 0) await report(plan, results);
  if (unreachable) return 2;
  return results.some((result) => hasFailed(result, plan.strict)) ? 1 : 0;
}

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

async function testServer(plan: ConformPlan, server: SpecServer): Promise<CaseResult[]> {
  const began = performance.now();
  const options = optionsFor(plan, server);
  const progress = new Progress(select(options, "server", plan.http2 ? "2" : "1.1").length);
  const results: CaseResult[] = [];
  for await (const result of conform(server.url, options)) {
    results.push(result);
    progress.step(result, plan.strict);
  }
  progress.done();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`\n${results[0]?.agent ?? server.url}: ${server.url}, ${seconds} s\n`);
  return results;
}

function optionsFor(plan: ConformPlan, server: SpecServer) {
  const { ca, cases } = plan;
  const origin = server.origin ?? plan.origin;
  return {
    exclude: plan.exclude,
    excludeByAgent: plan.excludeByAgent,
    jobs: plan.jobs,
    timeout: plan.timeout,
    insecure: plan.insecure,
    http2: plan.http2,
    ...(plan.pid === undefined ? {} : { pid: plan.pid }),
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
 * Listens for clients until one asks for `/stopServer` or the process is told to end. Reports are
 * written whenever a client asks for them. Resolves with the exit code; rejects if they cannot be.
 */
export async function testClients(
  plan: ConformPlan,
  address: NonNullable<ConformPlan["listen"]>,
): Promise<number> {
  const progress = new Progress(0);
  const { cases, tls } = plan;
  const tests = await listen({
    ...address,
    exclude: plan.exclude,
    excludeByAgent: plan.excludeByAgent,
    protocols: plan.protocols,
    timeout: plan.timeout,
    full: plan.full,
    ...(cases === undefined ? {} : { cases }),
    ...(tls === undefined ? {} : { tls }),
    onResult: (result) => progress.step(result, plan.strict),
    onReport: async (results) => {
      progress.done();
      await report(plan, results);
    },
  });
  const scheme = tls === undefined ? "ws" : "wss";
  process.stdout.write(`waiting for clients at ${scheme}://${address.host}:${tests.port}\n`);
  const stop = () => void tests.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await tests.closed;
  } finally {
    process.removeListener("SIGINT", stop);
    process.removeListener("SIGTERM", stop);
  }
  const results = tests.results();
  if (results.length === 0) {
    process.stderr.write("no client has run a case\n");
    return 2;
  }
  progress.done();
  await report(plan, results);
  return results.some((result) => hasFailed(result, plan.strict)) ? 1 : 0;
}

async function report(plan: ConformPlan, results: readonly CaseResult[]): Promise<void> {
  await writeReports(plan.out, results, plan.strict);
  const failed = results.filter((result) => hasFailed(result, plan.strict)).length;
  process.stdout.write(`${summaryText(results)}\n`);
  process.stdout.write(`${results.length} cases, ${failed} failed; reports in ${plan.out}\n`);
}

/** A line that is written over on a terminal; elsewhere only what failed gets a line. */
class Progress {
  #done = 0;
  #failed = 0;
  readonly #total: number;
  readonly #terminal = process.stderr.isTTY === true;

  constructor(total: number) {
    this.#total = total;
  }

  step(result: CaseResult, strict: boolean): void {
    this.#done++;
    const failed = hasFailed(result, strict);
    if (failed) this.#failed++;
    if (this.#terminal) {
      const of = this.#total > 0 ? `/${this.#total}` : "";
      process.stderr.write(
        `\r\x1b[K${this.#done}${of} cases, ${this.#failed} failed, ${result.id}`,
      );
    } else if (failed) {
      process.stderr.write(`${result.id} ${result.behavior} / ${result.behaviorClose}\n`);
    }
  }

  done(): void {
    if (this.#terminal) process.stderr.write("\r\x1b[K");
  }
}
