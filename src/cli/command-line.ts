/** What the commands share about their arguments: mistakes in them, numbers, the exit codes. */

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "./nearest-name.ts";

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
 * @param elsewhere for options that other programs have: their names (`"connect"`, `"n"`), and what
 * to write here
 * @throws {UsageError} for an option that is unknown, or has a value too many or too few
 */
export function parseCommandLine<T extends ParseArgsConfig>(
  config: T,
  elsewhere: Readonly<Record<string, string>> = {},
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const isMistake =
      error instanceof TypeError &&
      "code" in error &&
      String(error.code).startsWith("ERR_PARSE_ARGS_");
    if (!isMistake) throw error;
    // The first sentence says what is wrong; the others explain the option syntax at length.
    const [complaint = ""] = error.message.split(/\. |\.?\n/, 1);
    throw new UsageError(explain(complaint, error.message, config, elsewhere), { cause: error });
  }
}

function explain(
  complaint: string,
  message: string,
  config: ParseArgsConfig,
  elsewhere: Readonly<Record<string, string>>,
): string {
  const [, ambiguous] = /^Option '(\S+)' argument is ambiguous/.exec(complaint) ?? [];
  if (ambiguous !== undefined) {
    const [, name = ""] = /'(--\S+)=-XYZ'/.exec(message) ?? [];
    return `${ambiguous}: expected a value; one that begins with a dash is written ${name}=-…`;
  }
  const [, dashes = "", unknown] = /^Unknown option '(--?)(\S+)'/.exec(complaint) ?? [];
  if (unknown === undefined) return complaint;
  if (Object.hasOwn(elsewhere, unknown)) return `${complaint}: ${elsewhere[unknown]}`;
  const known = Object.keys(config.options ?? {});
  const nearest = dashes === "--" ? nearestName(unknown, known) : undefined;
  return nearest === undefined ? complaint : `${complaint}; did you mean --${nearest}?`;
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

/** The most seconds that are taken; `setTimeout` can wait 24 days. */
const MOST_SECONDS = 86_400;

/**
 * Seconds from the command line, in milliseconds.
 *
 * @param least in seconds
 * @throws {UsageError}
 */
export function parseSeconds(option: string, text: string, least = 0.001): number {
  return Math.ceil(parseNumber(option, text, least, MOST_SECONDS, "decimal") * 1000);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * A size in bytes from the command line: `500`, `64k`, `1M`, `2GiB`; k is 1024.
 *
 * @throws {UsageError} when the text is no size, or is not between the two limits
 */
export function parseSize(option: string, text: string, least: number, most: number): number {
  const [, digits, unit = ""] = /^(\d+)(?:([kmg])(?:i?b)?)?$/i.exec(text) ?? [];
  const size = digits === undefined ? Number.NaN : Number(digits) * UNITS[unit.toLowerCase()]!;
  if (size >= least && size <= most) return size;
  throw new UsageError(
    `${option}: expected bytes from ${least} to ${most}, such as 500, 64k or 1M, got "${text}"`,
  );
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
  pair: { readonly cert: string; readonly key: string; readonly passphrase?: string },
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
