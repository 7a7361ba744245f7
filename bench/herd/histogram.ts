/** The counts of each second, as text. */

/** What happened in each second since the server went away. */
export interface Seconds {
  readonly attempts: readonly number[];
  readonly openings: readonly number[];
}

/** Characters of the longest bar. */
const WIDTH = 40;

/** A table of bars for each kind of jitter, all to one scale. */
export function renderHerd(
  rounds: ReadonlyMap<string, Seconds>,
  { clients, down }: { readonly clients: number; readonly down: number },
): string {
  const most = Math.max(...[...rounds.values()].flatMap(({ attempts }) => attempts));
  const parts = [...rounds].map(([jitter, { attempts, openings }]) => {
    const lines = Array.from(
      { length: Math.max(attempts.length, openings.length) },
      (_, second) => {
        const tried = attempts[second] ?? 0;
        const opened = openings[second] ?? 0;
        const bar = "#".repeat(Math.ceil((tried / most) * WIDTH));
        return `${String(second).padStart(4)} ${column(tried)} ${column(opened)}  ${bar}`.trimEnd();
      },
    );
    const peak = Math.max(...attempts);
    return [
      `jitter: "${jitter}"; at most ${peak} attempts in a second, ${sum(attempts)} in all`,
      "   s attempts   opened",
      ...lines,
    ].join("\n");
  });
  const title = `${clients} clients, whose server is killed, and started again ${down} s later`;
  return [title, ...parts].join("\n\n");
}

function column(count: number): string {
  return String(count).padStart(8);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
