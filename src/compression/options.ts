import { ArgumentError } from "../errors.ts";
import type { DeflateEffort } from "../extensions/deflater.ts";
import type { DeflateWishes } from "../extensions/permessage-deflate.ts";
import { checkLimit, checkOptionNames, isOptionsObject } from "../options/checks.ts";

/**
 * Options of permessage-deflate (RFC 7692). docs/compression.md has the measurements behind the
 * defaults.
 */
export interface CompressionOptions {
  /** How hard zlib tries, 1 (fastest) to 9 (smallest). Default 3. */
  readonly level?: number;
  /**
   * How much memory zlib takes while it compresses a message, 1 to 9: 2^(memLevel + 9) bytes, given
   * back right after. Default 8.
   */
  readonly memLevel?: number;
  /**
   * Size of the window in both directions as base-2 logarithm of bytes, 8 to 15: as much of what
   * was sent and received before is kept for each connection and direction that has context
   * takeover. A client that cannot limit its window may use 15. Default 12 (4 KiB).
   */
  readonly windowBits?: number;
  /**
   * Size below which a message is sent as it is, in bytes (in UTF-16 units for strings).
   * Default 64.
   */
  readonly threshold?: number;
  /**
   * Decides for each message to send, of at least {@link threshold}, whether to compress it; of a
   * message in fragments it is shown the first. Default: all are.
   */
  readonly shouldCompress?: (data: string | Uint8Array) => boolean;
  /**
   * Whether messages that this side sends may refer to those before, which makes similar short
   * messages several times smaller and costs a window per connection. Default true.
   */
  readonly sendContextTakeover?: boolean;
  /** The same for messages that the other side sends; false asks it not to. Default true. */
  readonly receiveContextTakeover?: boolean;
  /**
   * Size from which a message is compressed on the thread pool instead of at once, in bytes (in
   * UTF-16 units for strings), and so for messages that inflate to as much. Default 65,536
   * (64 KiB).
   */
  readonly offThreadFrom?: number;
  /**
   * Most jobs on the thread pool at a time, those of all connections of the process together (each
   * worker of `node:worker_threads` counts its own). Others wait in their order. Default 4, which is
   * how many threads the pool has; files and names get theirs between the pieces of messages, of
   * some 1 ms each. Fewer serve them sooner, and take longer for messages.
   */
  readonly maxJobs?: number;
}

/** The options of compression, checked, defaults filled in; shared by all of a route. */
export interface CompressionSettings extends DeflateWishes, DeflateEffort {
  readonly threshold: number;
  readonly shouldCompress: ((data: string | Uint8Array) => boolean) | undefined;
  readonly offThreadFrom: number;
  readonly maxJobs: number;
}

const DEFAULTS = {
  level: 3,
  memLevel: 8,
  windowBits: 12,
  threshold: 64,
  shouldCompress: undefined,
  sendContextTakeover: true,
  receiveContextTakeover: true,
  offThreadFrom: 64 * 1024,
  maxJobs: 4,
} satisfies CompressionSettings;

/**
 * Checks the option `compression`.
 *
 * @returns undefined for no compression
 * @throws ArgumentError that names the option and says what it takes
 */
export function compressionSettings(
  compression: boolean | CompressionOptions,
): CompressionSettings | undefined {
  if (compression === false) return undefined;
  if (compression === true) return DEFAULTS;
  if (!isOptionsObject(compression)) {
    throw new ArgumentError("compression is true, false or an object of options");
  }
  checkOptionNames("compression", compression, Object.keys(DEFAULTS));
  const { shouldCompress } = compression;
  if (shouldCompress !== undefined && typeof shouldCompress !== "function") {
    throw new ArgumentError(
      `compression.shouldCompress is a function; got ${typeof shouldCompress}`,
    );
  }
  const integer = (name: "level" | "memLevel" | "windowBits", least: number, most: number) =>
    checkInteger(name, compression[name] ?? DEFAULTS[name], least, most);
  const limit = (name: "threshold" | "offThreadFrom" | "maxJobs", least: number, unit: string) =>
    checkLimit(`compression.${name}`, compression[name] ?? DEFAULTS[name], least, unit);
  return {
    level: integer("level", 1, 9),
    memLevel: integer("memLevel", 1, 9),
    windowBits: integer("windowBits", 8, 15),
    threshold: limit("threshold", 0, "bytes"),
    shouldCompress,
    sendContextTakeover: checkBoolean(compression, "sendContextTakeover"),
    receiveContextTakeover: checkBoolean(compression, "receiveContextTakeover"),
    offThreadFrom: limit("offThreadFrom", 0, "bytes"),
    maxJobs: limit("maxJobs", 1, "jobs"),
  };
}

function checkInteger(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  throw new ArgumentError(
    `compression.${name} is an integer from ${least} to ${most}; got ${String(value)}`,
  );
}

function checkBoolean(
  options: CompressionOptions,
  name: "sendContextTakeover" | "receiveContextTakeover",
): boolean {
  const value = options[name] ?? DEFAULTS[name];
  if (typeof value === "boolean") return value;
  throw new ArgumentError(`compression.${name} is true or false; got ${String(value)}`);
}

/** Whether the settings want `data` compressed. */
export function isWorthwhile(settings: CompressionSettings, data: string | Uint8Array): boolean {
  if (data.length < settings.threshold) return false;
  return settings.shouldCompress === undefined || settings.shouldCompress(data) === true;
}
