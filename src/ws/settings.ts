import type { CompressionSettings } from "../compression/options.ts";
import { type ConnectionSettings, connectionSettings } from "../connection/options.ts";
import type { DeflateEffort } from "../extensions/deflater.ts";
import { givenOptions } from "../options/checks.ts";
import type { CommonOptions, PerMessageDeflateOptions } from "./types/options.ts";

/** The limits of `ws`. */
export const defaultOptions = {
  maxBufferedChunks: 256 * 1024,
  maxFragments: 16 * 1024,
  maxPayload: 100 * 1024 * 1024,
  maxPendingAutoPongs: 60,
  closeTimeout: 30_000,
};

const DEFAULT_THRESHOLD = 1024;
const DEFAULT_JOBS = 4;

/** zlib's own. */
const DEFAULT_LEVEL = 6;
const DEFAULT_MEM_LEVEL = 8;

/** What `ws` does not bound is not bounded by default either. */
const UNBOUNDED = {
  messageTimeout: Number.POSITIVE_INFINITY,
  heartbeatInterval: Number.POSITIVE_INFINITY,
  sendTimeout: Number.POSITIVE_INFINITY,
  maxSendBuffer: Number.POSITIVE_INFINITY,
};

/** Those options of barewire that there are here under their own name. */
const OWN_NAMES = [
  "messageTimeout",
  "heartbeatInterval",
  "heartbeatTimeout",
  "maxSendBuffer",
  "sendTimeout",
  "whenSendBufferFull",
  "maxMessageRate",
  "maxByteRate",
  "whenRateExceeded",
  "shareReads",
  "directWrites",
] as const satisfies (keyof CommonOptions)[];

/**
 * The settings of a connection.
 *
 * @throws ArgumentError for a value that one of barewire's own options does not take
 */
export function settingsFrom(
  options: CommonOptions,
  role: "server" | "client",
): ConnectionSettings {
  const own = Object.fromEntries(OWN_NAMES.map((name) => [name, options[name]]));
  const { maxPayload, maxFragments, closeTimeout, skipUTF8Validation } = options;
  const settings = connectionSettings(
    {
      ...UNBOUNDED,
      ...givenOptions(own),
      maxMessageSize: messageLimit(maxPayload ?? defaultOptions.maxPayload),
      maxFragments: messageLimit(maxFragments ?? defaultOptions.maxFragments),
      closeTimeout: Math.max(1, closeTimeout ?? defaultOptions.closeTimeout),
      text: "buffer",
    },
    role,
  );
  const deflate = deflateOptions(options, role);
  return {
    ...settings,
    text: skipUTF8Validation ? "unjudged" : "buffer",
    compression: deflate === undefined ? undefined : compressionFrom(deflate),
  };
}

/** A limit of `ws`, which makes a signed integer of 32 bits of it; none from 0 downwards. */
export function messageLimit(limit: number): number {
  const integer = limit | 0;
  return integer > 0 ? integer : Number.POSITIVE_INFINITY;
}

/** The parameters for permessage-deflate, undefined to go without. */
export function deflateOptions(
  { perMessageDeflate }: CommonOptions,
  role: "server" | "client",
): PerMessageDeflateOptions | undefined {
  const wanted = perMessageDeflate ?? role === "client";
  if (wanted === true) return {};
  return wanted === false ? undefined : wanted;
}

/** From how many bytes on a message is compressed where there is no context takeover. */
export function thresholdOf({ threshold }: PerMessageDeflateOptions): number {
  return threshold ?? DEFAULT_THRESHOLD;
}

/** How hard zlib is to try. */
export function effortOf({ zlibDeflateOptions = {} }: PerMessageDeflateOptions): DeflateEffort {
  const { level = DEFAULT_LEVEL, memLevel = DEFAULT_MEM_LEVEL } = zlibDeflateOptions;
  return { level: level === -1 ? DEFAULT_LEVEL : level, memLevel };
}

function compressionFrom(options: PerMessageDeflateOptions): CompressionSettings {
  return {
    ...effortOf(options),
    // These are negotiated, and the threshold depends on that.
    windowBits: 15,
    sendContextTakeover: true,
    receiveContextTakeover: true,
    threshold: 0,
    shouldCompress: undefined,
    offThreadFrom: 64 * 1024,
    maxJobs: options.concurrencyLimit ?? DEFAULT_JOBS,
  };
}
