/** What was found in an attack, and what it must be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** What the value is: a number of bytes, ms or things, or 1 for a truth and 0 for none. */
  readonly unit: "bytes" | "ms" | "count" | "truth";
  readonly most?: number;
  readonly least?: number;
  /** Whether it depends on how busy the machine is: not judged with `--no-clock`. */
  readonly clock?: boolean;
}

/** A number that is no judgement, for the reader. */
export function note(name: string, unit: Figure["unit"], value: number): Figure {
  return { name, unit, value };
}

/** A number that must not be larger than `most`. */
export function atMost(name: string, unit: Figure["unit"], value: number, most: number): Figure {
  return { name, unit, value, most };
}

/** A number that must not be smaller than `least`. */
export function atLeast(name: string, unit: Figure["unit"], value: number, least: number): Figure {
  return { name, unit, value, least };
}

/** Milliseconds, of which there must not be more than `most`. */
export function within(name: string, value: number, most: number): Figure {
  return { name, unit: "ms", value, most, clock: true };
}

/** Something that must be so. */
export function holds(name: string, value: boolean): Figure {
  return { name, unit: "truth", value: value ? 1 : 0, least: 1 };
}

/** Whether a figure is as it must be. */
export function isKept({ value, most, least }: Figure): boolean {
  return (most === undefined || value <= most) && (least === undefined || value >= least);
}

/** Whether a figure is judged at all. */
export function isJudged(figure: Figure, clock: boolean): boolean {
  return (figure.most !== undefined || figure.least !== undefined) && (clock || !figure.clock);
}

const UNITS = ["B", "KiB", "MiB", "GiB"];

/** A value for people to read. */
export function shownValue(unit: Figure["unit"], value: number): string {
  switch (unit) {
    case "truth":
      return value === 1 ? "yes" : "no";
    case "ms":
      return value < 10_000 ? `${digits(value)} ms` : `${digits(value / 1000)} s`;
    case "count":
      return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
    case "bytes": {
      const size = Math.abs(value);
      const step = size < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(size) / 10));
      return `${digits(value / 1024 ** step)} ${UNITS[step]}`;
    }
  }
}

function digits(value: number): string {
  return Math.abs(value) < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value));
}

/** What a figure must be, for people to read; empty where nothing is asked of it. */
export function shownBound({ unit, most, least }: Figure): string {
  if (unit === "truth") return "yes";
  if (most !== undefined && most === least) return shownValue(unit, most);
  if (most !== undefined) return `≤ ${shownValue(unit, most)}`;
  if (least !== undefined) return `≥ ${shownValue(unit, least)}`;
  return "";
}
