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
import { setMaxListeners } from "node:events";
import { ArgumentError } from "../errors.ts";
import type { CaseResult } from "./result.ts";
import { caseTimeout } from "./run/attempt.ts";
import { knock, knockAtStart } from "./run/knock.ts";
import { residentBytes } from "./run/process-tree.ts";
import { ServerRun } from "./run/server-run.ts";
import { TesteeProcess } from "./run/testee-process.ts";
import { excludedFor, type Selection, selectSome } from "./selection.ts";
import { type Testee, type TesteeOptions, testeeFrom } from "./testee.ts";

export type { BehaviorClose } from "./close-verdict.ts";
export { type ClientTests, type ListenOptions, listen } from "./listen.ts";
export type { CaseResult, ReportedEvent } from "./result.ts";
export type { Strength } from "./rules.ts";
export type { Behavior } from "./verdict.ts";

/** What can be chosen for {@link conform}. */
export interface ConformOptions extends Selection, TesteeOptions {
  /**
   * Cases side by side, at most; 8 when left out. Fewer run while the server is slow. Long cases have
   * at most one beside them, those that may be the end of a server none.
   */
  readonly jobs?: number;
  /** Upper limit for one case in milliseconds; 60,000 when left out, 480,000 with `full`. */
  readonly timeout?: number;
  /**
   * How often a case is repeated by itself whose verdict is not good and was decided by a wait that
   * ran out; 1 when left out.
   */
  readonly retries?: number;
  /**
   * A command for the shell that starts the server. The suite waits for its port, watches the memory
   * of its processes, starts it again after a crash, and ends it.
   */
  readonly start?: string;
  /**
   * Sends 1000 messages in every case of sections 12 and 13, as Autobahn does; else 8 to 300, at
   * most 1 MiB, which asks the same of the testee in far less time.
   */
  readonly full?: boolean;
  /** Cases left out for some agents: pattern of the agent's name to patterns of cases. */
  readonly excludeByAgent?: Readonly<Record<string, readonly string[]>>;
  /** Ends the run: no further case is begun, and those under way are dropped. */
  readonly signal?: AbortSignal;
}

/**
 * Runs cases against the server at `url`, several side by side; yields results as they come, those of
 * cases that were not run last. Throws {@link ArgumentError} for a bad option, and `Unreachable` when
 * no WebSocket could be opened before the first case.
 */
export async function* conform(
  url: string,
  options: ConformOptions = {},
): AsyncGenerator<CaseResult, void, void> {
  const testee = testeeFrom(url, options);
  // One for each connection.
  if (options.signal !== undefined) setMaxListeners(0, options.signal);
  const settings = {
    jobs: positive("jobs", options.jobs ?? 8),
    retries: atLeastNone("retries", options.retries ?? 1),
    timeout: positive("timeout", options.timeout ?? caseTimeout(options.full)),
    scale: { full: options.full ?? false },
    signal: options.signal,
  };
  const cases = selectSome(options, "server", testee.http2 ? "2" : "1.1");
  await checkProcess(testee, options);
  const process =
    options.start === undefined ? undefined : new TesteeProcess(options.start, testee);
  try {
    await process?.start();
    const knocked = await (process === undefined ? knock(testee) : knockAtStart(testee));
    const agent = testee.agent ?? knocked.agent;
    const wanted = cases.filter(({ id }) => !excludedFor(options.excludeByAgent ?? {}, agent, id));
    yield* new ServerRun(testee, { ...settings, agent, process }).results(wanted);
  } finally {
    await process?.stop();
  }
}

async function checkProcess({ pid }: Testee, { start }: ConformOptions): Promise<void> {
  if (pid === undefined) return;
  if (start !== undefined) throw new ArgumentError("expected start or pid, not both");
  if ((await residentBytes(pid)) === undefined)
    throw new ArgumentError(`no process has the id ${pid}`);
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new ArgumentError(`expected ${name} to be over 0, got ${value}`);
}

function atLeastNone(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new ArgumentError(`expected ${name} to be an integer from 0, got ${value}`);
}
