import type { ConnectOptions } from "../../client/options.ts";
import { type ClientPlan, planClient } from "../../client/plan.ts";
import type { CompressionOptions } from "../../compression/options.ts";
import { checkChoice } from "../../options/checks.ts";

/** Options of `connect()` that a WebSocket has in its own way. */
type NotHere = "protocols" | "handler" | "data" | "text" | "binary";

/** How a WebSocket is opened, beside what the standard has: the options of `connect()`, with other defaults for two. */
export interface WebSocketOptions extends Omit<ConnectOptions, NotHere> {
  /** As for `connect()`, but true by default: the standard has every client offer permessage-deflate. */
  readonly compression?: boolean | CompressionOptions;
  /** As for `connect()`, in bytes. Default 104,857,600 (100 MiB): the standard knows no limit. */
  readonly maxMessageSize?: number;
  /**
   * Whether the opening handshake waits for those of other WebSockets to the same host and port, as RFC 6455
   * §4.1 wants it. Default true. The time that is waited is not part of `handshakeTimeout`.
   */
  readonly oneAtATime?: boolean;
}

/** What is fixed before a WebSocket is opened. */
export interface OpeningPlan {
  /** In the scheme `ws:` or `wss:`. */
  readonly url: URL;
  readonly client: ClientPlan;
  readonly oneAtATime: boolean;
}

/** The defaults that are not those of `connect()`. */
export const WEB_DEFAULTS = { compression: true, maxMessageSize: 100 * 1024 * 1024 } as const;

/**
 * Checks the options.
 *
 * @throws ArgumentError that says which is wrong and what was expected
 */
export function planOpening(
  url: URL,
  protocols: readonly string[],
  { oneAtATime = true, ...options }: WebSocketOptions,
): OpeningPlan {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const origin = pageOrigin();
  const all: ConnectOptions = {
    ...WEB_DEFAULTS,
    ...(origin !== undefined && { origin }),
    ...Object.fromEntries(given),
    protocols,
  };
  return {
    url,
    client: planClient(url, all, process.env),
    oneAtATime: checkChoice("oneAtATime", oneAtATime, [true, false]),
  };
}

/** The address of the page, where the program pretends to be one (jsdom and the like): Node has none. */
export function pageAddress(): string | undefined {
  const { location } = globalThis as { location?: { readonly href?: unknown } };
  return typeof location?.href === "string" ? location.href : undefined;
}

function pageOrigin(): string | undefined {
  const address = pageAddress();
  if (address === undefined || !URL.canParse(address)) return undefined;
  return /^https?:/.test(address) ? new URL(address).origin : undefined;
}
