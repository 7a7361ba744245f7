/** What a client is to do, from the arguments of `connect()`: checked, and with the defaults filled in. */

import type { ClientHttp2Session } from "node:http2";
import type { ConnectionHandler } from "../connection/connection.ts";
import { type ConnectionSettings, connectionSettings } from "../connection/options.ts";
import { ArgumentError } from "../errors.ts";
import { checkProtocols } from "../handshake/client.ts";
import { checkHeadLimits } from "../handshake/head-limits.ts";
import { checkChoice, checkLimit, checkOptionNames, checkTimeout } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import { planDial } from "./dialling/plan.ts";
import type { DialSettings } from "./dialling/settings.ts";
import { clientFields, type FieldLines } from "./fields.ts";
import { CONNECT_OPTION_NAMES, type ConnectOptions } from "./options.ts";
import { parseTarget, type Target } from "./target.ts";

/** The environment variables that proxies are found in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One opening handshake: the first, or that of a redirect. */
export interface Hop {
  readonly target: Target;
  readonly dial: DialSettings;
  /** Value of the Host field. */
  readonly host: string;
  /** Header fields that the handshake does not write itself. */
  readonly fields: FieldLines;
}

/** All that is fixed before anything is opened. */
export interface ClientPlan {
  readonly hop: Hop;
  /** What the hop was planned from, for the next. */
  readonly options: ConnectOptions;
  readonly env: Environment;
  /** Milliseconds, or `Infinity`. */
  readonly handshakeTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly handler: ConnectionHandler | undefined;
  /** For the application. */
  readonly data: unknown;
  readonly origin: string | undefined;
  readonly protocols: readonly string[];
  readonly requireProtocol: boolean;
  readonly http: "auto" | 1 | 2;
  readonly session: ClientHttp2Session | undefined;
  readonly maxRedirects: number;
  readonly insecureRedirects: boolean;
  /** For the connection that comes of it. */
  readonly settings: ConnectionSettings;
}

/**
 * Checks the arguments of `connect()`.
 *
 * @throws ArgumentError that says which is wrong and what was expected.
 */
export function planClient(
  url: string | URL,
  options: ConnectOptions,
  env: Environment,
): ClientPlan {
  checkOptionNames("connect()", options, CONNECT_OPTION_NAMES);
  const { signal, handler, maxRedirects = 0 } = options;
  if (handler !== undefined && (typeof handler !== "object" || handler === null)) {
    throw new ArgumentError("handler is not an object with message, open, close …");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError("signal is not an AbortSignal");
  }
  if (options.socket !== undefined && maxRedirects !== 0) {
    throw new ArgumentError(
      "maxRedirects does not go with socket, which leads to one server; createConnection does",
    );
  }
  const flag = (name: "requireProtocol" | "insecureRedirects", usual: boolean): boolean =>
    checkChoice(name, options[name] ?? usual, [true, false]);
  return {
    hop: planHop(parseTarget(url), options, env),
    options,
    env,
    handshakeTimeout: checkTimeout("handshakeTimeout", options.handshakeTimeout ?? 10_000),
    signal,
    handler,
    data: options.data,
    origin: checkOrigin(options.origin),
    protocols: planProtocols(options.protocols ?? []),
    requireProtocol: flag("requireProtocol", true),
    http: planHttp(options),
    session: checkSession(options),
    maxRedirects: checkLimit("maxRedirects", maxRedirects, 0, "redirects"),
    insecureRedirects: flag("insecureRedirects", false),
    settings: connectionSettings(options, "client"),
  };
}

/**
 * Plans one opening handshake.
 *
 * @throws ArgumentError where the options and the target do not fit together.
 */
export function planHop(target: Target, options: ConnectOptions, env: Environment): Hop {
  const limits = {
    limits: checkHeadLimits(options),
    maxRefusalBody: checkLimit("maxRefusalBody", options.maxRefusalBody ?? 4096, 0, "bytes"),
  };
  const { target: place, settings } = planDial(target, options, env);
  const { host = place.authority, lines } = clientFields(options, place.credentials);
  const alpn = ALPN[planHttp(options)];
  return { target: place, dial: { ...settings, ...limits, alpn }, host, fields: lines };
}

/** What each choice of `http` offers by ALPN. */
const ALPN = { 1: ["http/1.1"], 2: ["h2"], auto: ["h2", "http/1.1"] } as const;

/** A stream that was given leads to one connection: there is no second one to fall back to. */
function planHttp({ http = 1, session, socket }: ConnectOptions): ClientPlan["http"] {
  if (http !== "auto" && http !== 1 && http !== 2) {
    throw new ArgumentError(`http is ${describe(http)}, expected 1, 2 or "auto"`);
  }
  if (session !== undefined) return 2;
  return http === "auto" && socket !== undefined ? 1 : http;
}

function checkSession({ session, http, ...options }: ConnectOptions): ClientPlan["session"] {
  if (session === undefined) return undefined;
  if (typeof session !== "object" || typeof session?.request !== "function") {
    throw new ArgumentError("session is no session of node:http2, as its connect() returns");
  }
  if (http === 1) throw new ArgumentError("session does not go with http: 1");
  const other = NOT_WITH_SESSION.find((name) => options[name] !== undefined);
  if (other === undefined) return session;
  throw new ArgumentError(`session does not go with ${other}: how the server is reached is yours`);
}

/** What a session of the caller's takes the place of. */
const NOT_WITH_SESSION = [
  "tls",
  "socket",
  "createConnection",
  "proxy",
  "socketPath",
  "localAddress",
  "localPort",
  "maxRedirects",
] as const;

function planProtocols(protocols: readonly string[]): readonly string[] {
  if (!Array.isArray(protocols)) {
    throw new ArgumentError('protocols is not an array; expected one such as ["chat"]');
  }
  checkProtocols(protocols);
  return [...protocols];
}

function checkOrigin(origin: unknown): string | undefined {
  if (origin === undefined) return undefined;
  if (typeof origin === "string" && /^[!-~]+$/.test(origin)) return origin;
  throw new ArgumentError('origin is not an origin; expected one such as "https://example.com"');
}
