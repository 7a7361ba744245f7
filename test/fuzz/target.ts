/** Something to be fuzzed: inputs of which everything follows from a seed. */
export interface FuzzTarget {
  /** Name on the command line. */
  readonly name: string;
  /** What is held against what. */
  readonly title: string;
  /** How many inputs `npm test` gives it. */
  readonly inputs: number;
  /**
   * Outcomes of which each must come at least once among those: inputs are worth something only if they get
   * everywhere.
   */
  readonly outcomes: readonly string[];
  /** Inputs that may be under way at a time; more than 1 where `run` waits for sockets. */
  readonly sideBySide?: number;
  /** Before the first input. */
  begin?(): Promise<void>;
  /** Behind the last. */
  end?(): Promise<void>;
  /**
   * Runs one input.
   *
   * @returns what came of it, for the count
   * @throws whatever is wrong
   */
  run(seed: number): string | Promise<string>;
}

/** What {@link fuzz} is told. */
export interface FuzzPlan {
  /** The first seed; those behind it follow. */
  readonly seed: number;
  /** Ends after so many inputs, or when {@link FuzzPlan.until} says so. */
  readonly inputs: number;
  /** Time as of `Date.now()` after which no more are begun. */
  readonly until?: number;
  /** Told now and then how many inputs are done. */
  readonly onProgress?: (done: number) => void;
}

/** What came of a number of inputs. */
export interface Fuzzed {
  readonly done: number;
  readonly outcomes: ReadonlyMap<string, number>;
}

/** How many inputs are run between two looks at the clock. */
const ROUND = 256;

/**
 * Gives inputs to a target.
 *
 * @throws Error that names the seed of an input that went wrong
 */
export async function fuzz(target: FuzzTarget, plan: FuzzPlan): Promise<Fuzzed> {
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  await target.begin?.();
  let done = 0;
  try {
    while (done < plan.inputs && Date.now() < (plan.until ?? Number.POSITIVE_INFINITY)) {
      const round = Math.min(ROUND, plan.inputs - done);
      await runRound(target, plan.seed + done, round, count);
      done += round;
      plan.onProgress?.(done);
    }
  } finally {
    await target.end?.();
  }
  return { done, outcomes };
}

async function runRound(
  target: FuzzTarget,
  first: number,
  size: number,
  count: (outcome: string) => void,
): Promise<void> {
  const sideBySide = target.sideBySide ?? 1;
  for (let start = 0; start < size; start += sideBySide) {
    const running: Promise<void>[] = [];
    for (let i = start; i < Math.min(size, start + sideBySide); i++) {
      const outcome = runOne(target, first + i);
      if (typeof outcome === "string") count(outcome);
      else running.push(outcome.then((late) => void count(late)));
    }
    if (running.length > 0) await Promise.all(running);
  }
}

function runOne(target: FuzzTarget, seed: number): string | Promise<string> {
  const fail = (cause: unknown): never => {
    throw new Error(`${target.name}, seed ${seed}: ${cause}`, { cause });
  };
  try {
    const outcome = target.run(seed);
    return typeof outcome === "string" ? outcome : outcome.catch(fail);
  } catch (cause) {
    return fail(cause);
  }
}
