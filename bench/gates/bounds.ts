import { threeDigits } from "../report/format.ts";
import { alignColumns } from "../report/table.ts";
import type { GateScenario } from "./scenarios.ts";

/** What a message, delivery or connection may cost, and whether it costs no more. */

/** What one costs. None of it depends on how fast the machine is. */
export interface Figures {
  /** Calls of read() and write() of the system, by the thread that is measured. */
  readonly reads: number;
  readonly writes: number;
  /** Bytes allocated on V8's heap, and in buffers outside of it. */
  readonly heap: number;
  readonly buffers: number;
  /** Microtasks: reactions of promises, and what was queued as such. */
  readonly microtasks: number;
  /** Callbacks asked of the event loop: by process.nextTick, setImmediate and timers. */
  readonly callbacks: number;
}

/** The names of the figures, in the order of the table. */
export const FIGURES = [
  "reads",
  "writes",
  "microtasks",
  "callbacks",
  "heap",
  "buffers",
] as const satisfies (keyof Figures)[];

/** Bounds by major version of Node, and then by the name of the gate. */
export type Bounds = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/**
 * What a bound is above the figure it was written from, as a share and in absolute terms. Counts are the same
 * in each run. What is allocated differs by when V8 compiled what.
 */
const MARGINS: Readonly<Record<keyof Figures, { readonly share: number; readonly flat: number }>> =
  {
    reads: { share: 0, flat: 0.001 },
    writes: { share: 0, flat: 0.001 },
    microtasks: { share: 0, flat: 0.001 },
    callbacks: { share: 0, flat: 0.001 },
    heap: { share: 0.2, flat: 16 },
    buffers: { share: 0.1, flat: 16 },
  };

/** The bounds that figures are within, and just so. */
export function boundsFor(figures: Figures): Figures {
  const bound = (name: keyof Figures) => {
    const { share, flat } = MARGINS[name];
    const value = Math.max(0, figures[name]) * (1 + share) + flat;
    return name === "heap" || name === "buffers" ? Math.ceil(value) : ceil(value, 1000);
  };
  return Object.fromEntries(FIGURES.map((name) => [name, bound(name)])) as unknown as Figures;
}

/** To so many parts of one. */
function ceil(value: number, parts: number): number {
  return Math.ceil(value * parts) / parts;
}

/** A gate that was measured. */
export interface Measured {
  readonly gate: GateScenario;
  readonly figures: Figures;
}

/** One line for each figure that is above its bound. */
export function breaches(
  measured: readonly Measured[],
  bounds: Readonly<Record<string, Figures>>,
): string[] {
  return measured.flatMap(({ gate, figures }) => {
    const own = bounds[gate.id];
    if (own === undefined) return [`${gate.id} has no bound`];
    return FIGURES.filter((name) => figures[name] > own[name]).map(
      (name) =>
        `${gate.id}: ${name} per ${gate.unit} ${show(name, figures[name])}, at most ${show(name, own[name])}`,
    );
  });
}

/** The figures as a table, each with its bound in parentheses where there is one. */
export function renderGates(
  measured: readonly Measured[],
  bounds: Readonly<Record<string, Figures>> | undefined,
): string {
  const cell = (name: keyof Figures, { gate, figures }: Measured) => {
    const bound = bounds?.[gate.id]?.[name];
    const value = show(name, figures[name]);
    return bound === undefined ? value : `${value} (${show(name, bound)})`;
  };
  const rows = measured.map((each) => [
    each.gate.id,
    `per ${each.gate.unit}`,
    ...FIGURES.map((name) => cell(name, each)),
  ]);
  return alignColumns([["", "", ...FIGURES], ...rows], 2);
}

function show(name: keyof Figures, value: number): string {
  if (name === "heap" || name === "buffers") return String(Math.round(value));
  return Number.isInteger(value)
    ? String(value)
    : value < 10
      ? value.toFixed(3)
      : threeDigits(value);
}
