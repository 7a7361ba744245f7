import type { Attempt } from "./attempt.ts";
import { type Figure, isJudged, isKept, shownBound, shownValue } from "./figure.ts";
import type { Scenario } from "./scenario.ts";

/** What a scenario has come to. */
export interface Result {
  readonly scenario: Scenario;
  readonly attempts: readonly Attempt[];
}

/** Figures that barewire has not kept, and why an attack on it could not be carried through. */
export function failures({ attempts }: Result, clock: boolean): string[] {
  const own = attempts.find(({ library }) => library === "barewire");
  if (own === undefined) return [];
  if (own.failure !== undefined) return [own.failure];
  return own.figures
    .filter((figure) => isJudged(figure, clock) && !isKept(figure))
    .map((f) => `${f.name}: ${shownValue(f.unit, f.value)}, not ${shownBound(f)}`);
}

/** Whether an attack was carried through, and only times by the clock are not as they must be. */
export function isLateOnly({ figures, failure }: Attempt): boolean {
  const broken = figures.filter((figure) => isJudged(figure, true) && !isKept(figure));
  return failure === undefined && broken.length > 0 && broken.every(({ clock }) => clock === true);
}

/** A scenario as lines of text. */
export function renderResult(result: Result, clock: boolean): string {
  const { scenario, attempts } = result;
  const [own, other] = [find(attempts, "barewire"), find(attempts, "ws")];
  const verdict = failures(result, clock).length === 0 ? "held" : "FAILED";
  const lines = [`${own === undefined ? "" : `${verdict}  `}${scenario.id}: ${scenario.title}`];
  if ((own?.tries ?? 1) > 1) lines.push(`    these are the figures of try ${own?.tries}`);
  for (const attempt of attempts) {
    if (attempt.failure !== undefined) lines.push(`    ${attempt.library}: ${attempt.failure}`);
  }
  const figures = own?.figures.length ? own.figures : (other?.figures ?? []);
  const width = Math.max(0, ...figures.map(({ name }) => name.length));
  for (const figure of figures) {
    const cells = [own, other].map((attempt) => cell(attempt, figure.name));
    const bound = shownBound(figure);
    const mark = isJudged(figure, clock) && own && !kept(own, figure.name) ? "✗" : " ";
    lines.push(
      `  ${mark} ${figure.name.padEnd(width)}  ${cells[0]!.padStart(12)}` +
        `  ${bound.padEnd(12)}${cells[1] === "" ? "" : `  ws ${cells[1]}`}`.trimEnd(),
    );
  }
  return lines.join("\n");
}

/** All results as a value for JSON. */
export function toJson(results: readonly Result[], clock: boolean): object {
  return {
    date: new Date().toISOString(),
    node: process.version,
    judgesTimes: clock,
    scenarios: results.map((result) => ({
      id: result.scenario.id,
      title: result.scenario.title,
      failures: failures(result, clock),
      attempts: result.attempts,
    })),
  };
}

function find(attempts: readonly Attempt[], library: string): Attempt | undefined {
  return attempts.find((attempt) => attempt.library === library);
}

function cell(attempt: Attempt | undefined, name: string): string {
  const figure = attempt?.figures.find((each) => each.name === name);
  return figure === undefined ? "" : shownValue(figure.unit, figure.value);
}

function kept(attempt: Attempt, name: string): boolean {
  const figure: Figure | undefined = attempt.figures.find((each) => each.name === name);
  return figure === undefined || isKept(figure);
}
