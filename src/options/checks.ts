import { ArgumentError } from "../errors.ts";
import { describe } from "./describe.ts";

/** Whether a value can have named options: an object, and no list. */
export function isOptionsObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws an ArgumentError that names the options that exist, unless `options` has none but these. */
export function checkOptionNames(where: string, options: unknown, known: readonly string[]): void {
  if (!isOptionsObject(options)) {
    throw new ArgumentError(
      `${where} takes an object of options (${known.join(", ")}); got ${describe(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new ArgumentError(
      `${where}: unknown option ${JSON.stringify(name)}; the options are ${known.join(", ")}`,
    );
  }
}

/**
 * Options without those that are undefined or null, which count as absent: spread over others or over
 * defaults, they would take their place with nothing.
 */
export function givenOptions<T extends object>(options: T): T {
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(given) as T;
}

/** Throws an ArgumentError unless `value` is a whole number of at least `least`, or `Infinity`. */
export function checkLimit(name: string, value: unknown, least: number, unit: string): number {
  const whole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (whole && (value as number) >= least) return value as number;
  throw new ArgumentError(
    `${name} is a whole number of ${unit}, at least ${least}, or Infinity for none; got ${describe(value)}`,
  );
}

/** Throws an ArgumentError unless `value` is one of `choices`. */
export function checkChoice<T extends string | boolean>(
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  throw new ArgumentError(`${name} is one of ${choices.join(", ")}; got ${describe(value)}`);
}

/** Milliseconds, some 24.8 days. A timer set to more than this fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Throws an ArgumentError unless `value` is milliseconds that a timer can wait, or `Infinity`. */
export function checkTimeout(name: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 1)) {
    throw new ArgumentError(
      `${name} is a number of milliseconds, at least 1, or Infinity for none; got ${describe(value)}`,
    );
  }
  if (value <= LONGEST_TIMER || value === Number.POSITIVE_INFINITY) return value;
  throw new ArgumentError(`${name} is at most ${LONGEST_TIMER} milliseconds, or Infinity for none`);
}
