/** All cases against one server: what runs beside what, what is repeated, what is done when it dies. */
import type { Case } from "../case.ts";
import type { Sighting } from "../drive/sighting.ts";
import { type CaseResult, notRunResult, resultOf } from "../result.ts";
import { numberOf } from "../selection.ts";
import type { Testee } from "../testee.ts";
import { type AttemptOptions, attemptServer } from "./attempt.ts";
import { Jobs } from "./jobs.ts";
import { knockAtStart } from "./knock.ts";
import { comesBack } from "./liveness.ts";
import { MemoryWatch } from "./memory.ts";
import { isDoubtful, Lag, Repeats, withAttempts } from "./repeats.ts";
import type { TesteeProcess } from "./testee-process.ts";

/** What a run needs to know. */
export interface RunOptions extends Pick<AttemptOptions, "timeout" | "scale"> {
  readonly agent: string;
  readonly jobs: number;
  /** How often a verdict is repeated that a wait or a race decided. */
  readonly retries: number;
  readonly signal: AbortSignal | undefined;
  /** The testee's process, where the suite has started it. */
  readonly process: TesteeProcess | undefined;
}

/** One attempt and its result. */
interface Done {
  readonly testCase: Case;
  readonly sighting: Sighting;
  readonly result: CaseResult;
  /** Judge and testee were busy while it ran. */
  readonly busy: boolean;
}

/** A series that stands still for so long is given up; later ones sooner, where nothing ever came. */
const STALL = 20_000;
const SHORT_STALL = 2000;
const STALLED_BEFORE = 3;

/** A run. */
export class ServerRun {
  readonly #testee: Testee;
  readonly #options: RunOptions;
  readonly #repeats = new Repeats();
  readonly #lag = new Lag();
  #memory: MemoryWatch | undefined;
  #stalled = 0;
  readonly #aborted: Promise<undefined>;
  /** Why no further case is run. */
  #over: string | undefined;

  constructor(testee: Testee, options: RunOptions) {
    this.#testee = testee;
    this.#options = options;
    this.#aborted = new Promise((resolve) => {
      options.signal?.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    this.#watchMemory();
  }

  /** Results as they are known. Cases that were not run come last. */
  async *results(cases: readonly Case[]): AsyncGenerator<CaseResult, void, void> {
    this.#lag.start();
    try {
      const beside = (heavy: boolean) =>
        cases.filter((one) => !one.dangerous && (one.heavy ?? false) === heavy);
      yield* this.#sideBySide(beside(false), this.#options.jobs);
      // A long case keeps the testee busy; beside many, short waits of the others would run out.
      yield* this.#sideBySide(beside(true), Math.min(this.#options.jobs, 2));
      yield* this.#sideBySide(
        cases.filter(({ dangerous }) => dangerous),
        1,
      );
      yield* this.#repeated();
    } finally {
      this.#lag.stop();
    }
  }

  #watchMemory(): void {
    const pid = this.#options.process?.pid ?? this.#testee.pid;
    this.#memory = pid === undefined ? undefined : new MemoryWatch(pid, this.#testee);
  }

  async *#sideBySide(cases: readonly Case[], most: number): AsyncGenerator<CaseResult, void, void> {
    const waiting = [...cases];
    const jobs = new Jobs(most);
    const running = new Map<Case, Promise<Done>>();
    while (waiting.length > 0 || running.size > 0) {
      while (waiting.length > 0 && running.size < jobs.width && !this.#stopped()) {
        const next = waiting.shift()!;
        running.set(next, this.#attempt(next));
      }
      if (running.size === 0) break;
      const done = await this.#unlessAborted(Promise.race(running.values()));
      if (done === undefined) return;
      running.delete(done.testCase);
      jobs.note(done.sighting.opened);
      if (!isDead(done)) {
        yield* this.#known(done);
        continue;
      }
      const others = await Promise.all(running.values());
      running.clear();
      yield* this.#died([done, ...others], most > 1);
    }
    if (this.#options.signal?.aborted) return;
    for (const testCase of waiting) yield this.#notRun(testCase, this.#over ?? "Not run.");
  }

  #stopped(): boolean {
    return this.#over !== undefined || this.#options.signal?.aborted === true;
  }

  /** Once the run is broken off, what is under way is not waited for. */
  #unlessAborted<T>(doing: Promise<T>): Promise<T | undefined> {
    return Promise.race([doing, this.#aborted]);
  }

  /** `calm`: a repetition, in which nothing is to race. */
  async #attempt(testCase: Case, calm = false): Promise<Done> {
    const { process, scale, timeout } = this.#options;
    const memory = this.#memory;
    const begun = performance.now();
    const stall = this.#stalled < STALLED_BEFORE ? STALL : SHORT_STALL;
    const watch = memory === undefined ? undefined : memory.watch.bind(memory);
    const options = { timeout, scale, stall, watch, calm };
    const sighting = whole(await attemptServer(this.#testee, testCase, options), process?.ended);
    const { exchange } = sighting.seen;
    if (exchange?.late !== undefined && exchange.cameBack === 0) this.#stalled++;
    const subject = { number: numberOf(testCase), agent: this.#options.agent };
    const result = resultOf(testCase, subject, sighting);
    return { testCase, sighting, result, busy: this.#lag.since(begun, sighting.opened) };
  }

  /** A result is yielded, or kept to be repeated when nothing else runs. */
  *#known({ busy, result, sighting, testCase }: Done): Generator<CaseResult, void, void> {
    if (this.#options.retries > 0 && isDoubtful(testCase, sighting.seen, result)) {
      this.#repeats.add({ testCase, result, busy });
    } else yield result;
  }

  /** Cases whose verdict may have been a matter of time, each by itself. */
  async *#repeated(): AsyncGenerator<CaseResult, void, void> {
    for (const doubt of this.#repeats.drain()) {
      const { testCase } = doubt;
      let kept = doubt.result;
      let dead: Done | undefined;
      for (let i = 0; i < this.#options.retries && this.#repeats.needed(doubt); i++) {
        if (this.#stopped()) break;
        const again = await this.#unlessAborted(this.#attempt(testCase, true));
        if (again === undefined) break;
        if (isDead(again)) dead = again;
        if (isDead(again)) break;
        kept = this.#repeats.judged(doubt, kept, again.result);
        if (!isDoubtful(testCase, again.sighting.seen, again.result)) break;
      }
      if (dead === undefined) yield kept;
      else yield* this.#died([dead], false);
    }
  }

  /** The testee is dead: which of the cases that ran at the time has killed it? */
  async *#died(those: readonly Done[], beside: boolean): AsyncGenerator<CaseResult, void, void> {
    for (const done of those) if (!isDead(done)) yield* this.#known(done);
    const dead = those.filter(isDead);
    const isBack = (await this.#unlessAborted(this.#revived())) ?? false;
    // Who found the door shut has not shut it.
    const inside = dead.filter(wasReached);
    const only = inside.length === 1 ? inside[0] : undefined;
    if (only !== undefined && !(isBack && beside)) {
      yield only.result;
      const outside = dead.filter((done) => done !== only);
      if (isBack) yield* this.#oneByOne(outside, true);
      else yield* this.#ended(outside, `The testee died in case ${idsOf([only])}.`);
    } else if (isBack) {
      yield* this.#oneByOne(dead, false);
    } else {
      const how = "with --start, or with --jobs 1, it is known which of them did it";
      yield* this.#ended(dead, `The testee died while ${idsOf(dead)} ran; ${how}.`);
    }
  }

  /** No further case is run. */
  *#ended(those: readonly Done[], why: string): Generator<CaseResult, void, void> {
    this.#over ??= why;
    for (const { testCase } of those) yield this.#notRun(testCase, this.#over);
  }

  /** Cases that ran when the testee died, each by itself. `explained`: it is known what killed it. */
  async *#oneByOne(
    suspects: readonly Done[],
    explained: boolean,
  ): AsyncGenerator<CaseResult, void, void> {
    const again: CaseResult[] = [];
    for (const { testCase } of suspects) {
      if (this.#stopped()) break;
      const done = await this.#unlessAborted(this.#attempt(testCase));
      if (done === undefined) break;
      again.push(done.result);
      if (isDead(done) && !(await this.#revived())) {
        this.#over = `The testee died in case ${testCase.id}.`;
      }
    }
    const known = explained || this.#stopped() || again.some(({ crashed }) => crashed);
    const inside = suspects.filter(wasReached);
    const blamed = known ? [] : inside.length > 0 ? inside : suspects.slice(0, 1);
    const why = `The testee died while ${idsOf(suspects)} ran, and not when each of them ran alone.`;
    for (const [i, suspect] of suspects.entries()) {
      const result = again[i] ?? this.#notRun(suspect.testCase, this.#over ?? "Not run.");
      const isBlamed = blamed.includes(suspect);
      yield isBlamed ? withAttempts(this.#notRun(suspect.testCase, why), [result]) : result;
    }
  }

  /** Starts the testee again, or waits for whoever else does. */
  async #revived(): Promise<boolean> {
    const { process } = this.#options;
    if (process !== undefined) {
      await process.stop();
      await process.start();
      // What still refuses then is what the cases will say.
      await knockAtStart(this.#testee).catch(() => {});
      this.#watchMemory();
      return true;
    }
    return comesBack(this.#testee);
  }

  #notRun(testCase: Case, why: string): CaseResult {
    const subject = { number: numberOf(testCase), agent: this.#options.agent };
    return notRunResult(testCase, subject, "server", why);
  }
}

/** What was seen, with the end of the testee's process. */
function whole(sighting: Sighting, processEnd: string | undefined): Sighting {
  if (processEnd === undefined) return sighting;
  return { ...sighting, seen: { ...sighting.seen, life: "gone", processEnd } };
}

const wasReached = ({ sighting: { seen } }: Done): boolean => seen.unreached === undefined;

const idsOf = (those: readonly Done[]): string =>
  those.map(({ testCase }) => testCase.id).join(", ");

/** The testee does not serve any more. */
const isDead = ({ sighting: { seen } }: Done): boolean =>
  (seen.life ?? "lives") !== "lives" ||
  (seen.growth !== undefined && seen.growth.most === undefined);
