/**
 * `barewire-conform`: tests a WebSocket server, case by case.
 *
 * ```ts
 * import { conform } from "barewire-conform";
 *
 * for await (const result of conform("ws://localhost:9001", { cases: ["1.*"] })) {
 *   console.log(result.id, result.behavior, result.behaviorClose);
 * }
 * ```
 */
import { ArgumentError } from "../errors.ts";
import { attempt } from "./attempt.ts";
import type { Case } from "./case.ts";
import { caseTimeout } from "./dialog-run.ts";
import { knock } from "./knock.ts";
import { residentBytes } from "./memory.ts";
import { sectionOf } from "./report/summary.ts";
import type { CaseResult } from "./result.ts";
import { excludedFor, numberOf, type Selection, selectSome } from "./selection.ts";
import { type TesteeOptions, testeeFrom } from "./testee.ts";

export type { BehaviorClose } from "./case.ts";
export type { Behavior } from "./finding.ts";
export { type ClientTests, type ListenOptions, listen } from "./listen.ts";
export type { CaseResult, ReportedEvent } from "./result.ts";

/** What can be chosen for {@link conform}. */
export interface ConformOptions extends Selection, TesteeOptions {
  /** Cases side by side; 8 when left out. Long cases have at most one beside them. */
  readonly jobs?: number;
  /** Upper limit for one case in milliseconds; 60,000 when left out, 480,000 with `full`. */
  readonly timeout?: number;
  /**
   * Sends 1000 messages in every case of sections 12 and 13, as Autobahn does; else 8 to 300, at
   * most 1 MiB, which asks the same of the testee in far less time.
   */
  readonly full?: boolean;
  /** Cases left out for some agents: pattern of the agent's name to patterns of cases. */
  readonly excludeByAgent?: Readonly<Record<string, readonly string[]>>;
  /** Ends the run: no further case is begun. */
  readonly signal?: AbortSignal;
}

/**
 * Runs cases against the server at `url`, several side by side; yields results as they come.
 * Throws {@link ArgumentError} for a bad option, and `Unreachable` when no connection could be
 * opened before the first case.
 */
export async function* conform(
  url: string,
  options: ConformOptions = {},
): AsyncGenerator<CaseResult, void, void> {
  const testee = testeeFrom(url, options);
  const jobs = positive("jobs", options.jobs ?? 8);
  const attemptOptions = {
    timeout: positive("timeout", options.timeout ?? caseTimeout(options.full)),
    scale: { full: options.full ?? false },
  };
  const cases = selectSome(options, "server", testee.http2 ? "2" : "1.1");
  if (testee.pid !== undefined && (await residentBytes(testee.pid)) === undefined) {
    throw new ArgumentError(`no process has the id ${testee.pid}`);
  }
  const knocked = await knock(testee);
  const agent = testee.agent ?? knocked.agent;
  const run = (testCase: Case) =>
    attempt(testee, testCase, { number: numberOf(testCase), agent }, attemptOptions);
  const wanted = cases.filter(({ id }) => !excludedFor(options.excludeByAgent ?? {}, agent, id));
  // The memory of a process can be put down to one case only when no other runs.
  const isAlone = ({ id }: Case) => testee.pid !== undefined && sectionOf(id) === "25";
  const light = wanted.filter((testCase) => !testCase.heavy && !isAlone(testCase));
  const heavy = wanted.filter((testCase) => testCase.heavy && !isAlone(testCase));
  yield* sideBySide(light, jobs, run, options.signal);
  // A long case keeps the testee busy; beside many, short waits of the others would run out.
  yield* sideBySide(heavy, Math.min(jobs, 2), run, options.signal);
  yield* sideBySide(wanted.filter(isAlone), 1, run, options.signal);
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new ArgumentError(`expected ${name} to be over 0, got ${value}`);
}

async function* sideBySide(
  cases: readonly Case[],
  jobs: number,
  run: (testCase: Case) => Promise<CaseResult>,
  signal: AbortSignal | undefined,
): AsyncGenerator<CaseResult, void, void> {
  const waiting = [...cases];
  const running = new Map<Case, Promise<readonly [Case, CaseResult]>>();
  while (waiting.length > 0 || running.size > 0) {
    while (waiting.length > 0 && running.size < jobs && !signal?.aborted) {
      const next = waiting.shift()!;
      running.set(
        next,
        run(next).then((result) => [next, result] as const),
      );
    }
    if (running.size === 0) return;
    const [testCase, result] = await Promise.race(running.values());
    running.delete(testCase);
    yield result;
  }
}
