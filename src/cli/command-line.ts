/** What the commands share about their arguments: mistakes in them, numbers, the exit codes. */

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type ParseArgsConfig, parseArgs } from "node:util";

/** Exit codes of every command. */
export const EXIT = {
  /** Done as asked. */
  ok: 0,
  /** It could not be done, or the connection or the protocol failed. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
} as const;

/** A mistake on the command line; its message says what was expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * `parseArgs` of node:util, with its complaints as {@link UsageError}.
 *
 * @throws {UsageError} for an option that is unknown, or has a value too many or too few
 */
export function parseCommandLine<T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const isMistake =
      error instanceof TypeError &&
      "code" in error &&
      String(error.code).startsWith("ERR_PARSE_ARGS_");
    if (!isMistake) throw error;
    const [, option] = /^Option '(\S+)' argument is ambiguous/.exec(error.message) ?? [];
    throw new UsageError(
      option === undefined
        ? // The first sentence says what is wrong; the others explain the option syntax at length.
          error.message.split(/\. |\n/, 1)[0]
        : `${option}: expected a value; one that begins with a dash is written ${option}=-…`,
      { cause: error },
    );
  }
}

/**
 * A number from the command line.
 *
 * @throws {UsageError} when the text is no number, or is not between the two limits
 */
export function parseNumber(
  option: string,
  text: string,
  least: number,
  most: number,
  kind: "integer" | "decimal",
): number {
  const digits = kind === "integer" ? /^\d+$/ : /^\d+(\.\d+)?$/;
  const number = Number(text);
  if (!digits.test(text) || number < least || number > most) {
    const expected = kind === "integer" ? "an integer" : "a number";
    throw new UsageError(`${option}: expected ${expected} from ${least} to ${most}, got "${text}"`);
  }
  return number;
}

/**
 * The certificates in the file that `--ca` names.
 *
 * @throws {UsageError} when it cannot be read, or has none
 */
export function readCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--ca: cannot read ${file} (${errorCode(error)})`, { cause: error });
  }
  // node:tls takes other text without a word, and trusts nobody then.
  if (/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(text)) return text;
  throw new UsageError(`--ca: expected certificates in PEM, found none in ${file}`);
}

/**
 * What is wrong with a certificate and its private key, read from the files of these names; undefined
 * where nothing is.
 */
export function certificateFault(
  files: { readonly cert: string; readonly key: string },
  pair: { readonly cert: string; readonly key: string },
): string | undefined {
  try {
    createSecureContext(pair);
    return undefined;
  } catch (error) {
    const problem = error instanceof Error ? error.message : error;
    return `${files.cert} and ${files.key} are not a certificate and its private key in PEM (${problem})`;
  }
}

/** The `code` of a Node or library error, or of what caused it; `""` for none. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const own = "code" in error ? String(error.code) : "";
  // System errors (EADDRINUSE, ENOENT …) say more than what is wrapped around them.
  const inner = errorCode(error.cause);
  return inner === "" ? own : inner;
}
