/** The header fields of a command line: `--header` and `--auth`. */

import { readFileSync } from "node:fs";
import { errorCode, UsageError } from "../command-line.ts";
import { askSecret } from "../terminal/ask-secret.ts";

/** Name and value of a header field. */
export type Field = readonly [name: string, value: string];

/**
 * The fields that `--header` names: each `NAME: VALUE`, or `@FILE` with one such line for each.
 *
 * @throws {UsageError} which does not repeat what was given: it may be a secret
 */
export function headerFields(given: readonly string[]): Field[] {
  return given.flatMap((text) =>
    text.startsWith("@")
      ? fieldLines(text.slice(1)).map((line) => splitField(line, ` in ${text.slice(1)}`))
      : [splitField(text, "")],
  );
}

function fieldLines(file: string): string[] {
  return readOption("--header", file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
}

function splitField(text: string, place: string): Field {
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--header: expected "NAME: VALUE"${place}`);
  }
  // RFC 9110 §5.5; the library refuses it, too, and repeats it.
  if (!/^[\t -~\x80-\xff]*$/.test(value)) {
    throw new UsageError(`--header: expected latin1 without control characters in ${name}${place}`);
  }
  return [name, value];
}

/** User name and password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * What `--auth` says: `USER:PASSWORD`, `USER` (the password is asked for), or `@FILE`.
 *
 * @throws {UsageError}
 */
export async function login(given: string): Promise<Login> {
  const text = secretValue("--auth", given);
  const colon = text.indexOf(":");
  if (colon !== -1) return { user: text.slice(0, colon), password: text.slice(colon + 1) };
  const password = await askSecret(`Password of ${text}: `);
  if (password !== undefined) return { user: text, password };
  throw new UsageError(
    "--auth: expected USER:PASSWORD or @FILE; only at a terminal the password is asked for",
  );
}

/** The value of an Authorization field (RFC 7617 §2). */
export function basicAuthorization({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/**
 * The value of an option that may be a secret: as it is, or the first line of the file behind `@`.
 *
 * @throws {UsageError} when that file cannot be read
 */
export function secretValue(option: string, given: string): string {
  if (!given.startsWith("@")) return given;
  return readOption(option, given.slice(1)).split(/\r?\n/, 1)[0] ?? "";
}

/**
 * The text of a file that an option names.
 *
 * @throws {UsageError} when it cannot be read
 */
export function readOption(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${file} (${errorCode(error)})`, { cause: error });
  }
}
