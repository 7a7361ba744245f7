import { ArgumentError } from "../errors.ts";

/** Throws an ArgumentError that names the options that exist, if `options` is no object of them. */
export function rejectUnknownOptions(
  where: string,
  options: object,
  known: readonly string[],
): void {
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError(`${where}: expected an object of options; got ${shown(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new ArgumentError(
      `${where}: unknown option ${JSON.stringify(name)}; the options are ${known.join(", ")}`,
    );
  }
}

/** Throws an ArgumentError unless `value` is a number of at least `least`; `Infinity` is one. */
export function checkLimit(name: string, value: unknown, least: number, unit: string): number {
  if (typeof value === "number" && value >= least) return value;
  throw new ArgumentError(
    `${name} is a number of ${unit}, at least ${least}, or Infinity for none; got ${shown(value)}`,
  );
}

/** Throws an ArgumentError unless `value` is one of `choices`. */
export function checkChoice<T extends string | boolean>(
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  throw new ArgumentError(`${name} is one of ${choices.join(", ")}; got ${String(value)}`);
}

/** A value for a message; text in quotes, so that "5" is not taken for 5. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Milliseconds, some 24.8 days. A timer set to more than this fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Throws an ArgumentError unless `value` is a number of milliseconds that a timer can wait. */
export function checkTimeout(name: string, value: unknown): number {
  const milliseconds = checkLimit(name, value, 1, "milliseconds");
  if (milliseconds <= LONGEST_TIMER || milliseconds === Number.POSITIVE_INFINITY)
    return milliseconds;
  throw new ArgumentError(`${name} is at most ${LONGEST_TIMER} milliseconds, or Infinity for none`);
}
