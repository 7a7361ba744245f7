import { ArgumentError } from "../errors.ts";

/** Peer's text as it may stand in a message: quoted, control characters escaped, 60 characters at most. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/**
 * What the user's code has given or returned, as it may stand in a message that refuses it. Text is
 * not repeated: what was put into the wrong place may be a password.
 */
export function describe(value: unknown): string {
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  if (typeof value === "object") return "then" in value ? "a promise" : "an object";
  return String(value);
}

/**
 * What a function of the user's has decided. A promise is truthy: taken for a yes it would let
 * everyone in.
 *
 * @param who the function, for the message
 * @throws ArgumentError where it has returned anything but a boolean
 */
export function decision(who: string, returned: unknown): boolean {
  if (typeof returned === "boolean") return returned;
  throw new ArgumentError(`${who} returned ${describe(returned)}, expected a boolean`);
}
