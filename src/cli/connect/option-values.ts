/** What single options of `barewire connect` take. */

import { parseNumber, parseSeconds, parseSize, UsageError } from "../command-line.ts";

/** Parts of what is shown in front of a message. */
export const SHOWN = ["mark", "time", "size"] as const;

/** One of them. */
export type Shown = (typeof SHOWN)[number];

/** How the input is cut into messages: at a byte, or into pieces of at most so many bytes. */
export type Split = { readonly separator: number } | { readonly longest: number };

/** Where to listen: a port, or the path of a Unix socket. */
export type ListenPlace =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** How the input is cut. @throws {UsageError} */
export function chooseSplit(
  values: {
    readonly split?: string;
    readonly null: boolean;
    readonly binary: boolean;
    readonly exec?: string;
  },
  typed: boolean,
): Split {
  const isStream = values.binary && (!typed || values.exec !== undefined);
  const text = values.split ?? (values.null ? "null" : isStream ? "none" : "line");
  if (text === "line") return { separator: 10 };
  if (text === "null") return { separator: 0 };
  const isSize = /^\d/.test(text);
  if (!isSize && text !== "none") {
    throw new UsageError(`--split: expected line, null, none or a size in bytes, got "${text}"`);
  }
  // A character may lie across two pieces.
  if (!values.binary) throw new UsageError(`--split ${text}: expected --binary with it`);
  return { longest: isSize ? parseSize("--split", text, 1, 2 ** 30) : 65_536 };
}

/** `--wait`, in milliseconds; `Infinity` for ever. @throws {UsageError} */
export function parseWait(text: string): number {
  // wscat has -1 for it.
  if (text === "forever" || text === "-1") return Number.POSITIVE_INFINITY;
  return parseSeconds("--wait", text, 0);
}

/** `--listen`. @throws {UsageError} */
export function parsePlace(text: string): ListenPlace {
  if (text.includes("/")) return { path: text };
  const [, bracketed, plain, port = ""] = /^(?:\[(.*)\]:|([^:]*):)?(\d+)$/.exec(text) ?? [];
  if (port === "") {
    throw new UsageError(`--listen: expected PORT, HOST:PORT or ./FILE of a socket, got "${text}"`);
  }
  const host = bracketed ?? plain ?? "127.0.0.1";
  return {
    // That address stands for all of both IP versions.
    host: host === "*" ? "::" : host,
    port: parseNumber("--listen", port, 0, 65_535, "integer"),
  };
}

/** `--max-connections`. @throws {UsageError} */
export function parseMaxConnections(text = "100"): number {
  return parseNumber("--max-connections", text, 1, 1_000_000, "integer");
}

/** `--show`. @throws {UsageError} */
export function parseShow(text: string): ReadonlySet<Shown> {
  if (text === "none") return new Set();
  return new Set(text.split(",").map((part) => oneOf("--show", part, SHOWN)));
}

/**
 * `--bytes`; raw only where it does no harm.
 *
 * @param binary whether --binary was given
 * @param seen whether the output is a terminal
 * @throws {UsageError}
 */
export function parseBytes(
  text: string | undefined,
  binary: boolean,
  seen: boolean,
): "hex" | "base64" | "raw" {
  if (text === undefined) return binary && !seen ? "raw" : "hex";
  const bytes = oneOf("--bytes", text, ["hex", "base64", "raw"]);
  // They would move the cursor about and be wiped out by the prompt.
  if (bytes !== "raw" || !seen) return bytes;
  throw new UsageError("--bytes raw: the output is a terminal; send it to a file or a program");
}

/** A word of a list. @throws {UsageError} for any other */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new UsageError(`${option}: expected ${words.join(" or ")}, got "${text}"`);
}

/** `--max-messages`; `Infinity` where it is not given. @throws {UsageError} */
export function parseMaxMessages(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  return parseNumber("--max-messages", text, 1, Number.MAX_SAFE_INTEGER, "integer");
}
