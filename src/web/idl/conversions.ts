/** What Web IDL makes of the values that a program passes in. Each throws a TypeError for what cannot be made. */

import { toUSVString } from "node:util";

export function domString(value: unknown): string {
  // A symbol throws here, which String() would not.
  return `${value as string}`;
}

export function usvString(value: unknown): string {
  return toUSVString(domString(value));
}

/** `[Clamp] unsigned short`: rounds to the nearest, to the even one of two. */
export function clampedShort(value: unknown): number {
  const number = +(value as number);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 0xffff);
  const floor = Math.floor(clamped);
  const isNearer = clamped - floor < 0.5 || (clamped - floor === 0.5 && floor % 2 === 0);
  return isNearer ? floor : floor + 1;
}

/** `unsigned short`: what is beyond it wraps around. */
export function unsignedShort(value: unknown): number {
  return unsignedLong(value) & 0xffff;
}

/** `unsigned long`: what is beyond it wraps around. */
export function unsignedLong(value: unknown): number {
  return +(value as number) >>> 0;
}

/** `[EnforceRange] unsigned short`. */
export function shortInRange(name: string, value: unknown): number {
  const number = Math.trunc(+(value as number));
  if (number >= 0 && number <= 0xffff) return number === 0 ? 0 : number;
  throw new TypeError(`${name} is not a number from 0 to 65,535`);
}

/** A dictionary: nothing is an empty one. */
export function dictionary(name: string, value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" || typeof value === "function") {
    return value as Record<string, unknown>;
  }
  throw new TypeError(`${name} is not an object`);
}

/** `sequence<DOMString>` or `sequence<USVString>`; undefined where it is none. */
export function strings(
  value: unknown,
  convert: (item: unknown) => string,
): readonly string[] | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return undefined;
  const items = (value as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (items === undefined || items === null) return undefined;
  return Array.from(value as Iterable<unknown>, convert);
}

/** @throws TypeError for fewer arguments than there must be */
export function requireArguments(what: string, given: number, required: number): void {
  if (given >= required) return;
  throw new TypeError(`${what} takes at least ${required} argument(s), and got ${given}`);
}
