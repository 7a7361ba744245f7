/** The options of `connect()`: what they are, their defaults, and what is checked about them. */

import type { LookupFunction } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectionHandler } from "../connection/connection.ts";
import {
  CONNECTION_OPTION_NAMES,
  type ConnectionOptions,
  type ConnectionSettings,
  connectionSettings,
} from "../connection/options.ts";
import { ArgumentError } from "../errors.ts";
import { checkProtocols } from "../handshake/client.ts";
import { checkHeadLimits } from "../handshake/head-limits.ts";
import { checkOptionNames, checkTimeout } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import type { TransportSettings } from "./dial.ts";
import { clientFields, type FieldOptions } from "./fields.ts";
import { chooseProxy } from "./proxy-choice.ts";
import { parseTarget, type Target } from "./target.ts";

/**
 * The options of `node:tls` that can be chosen for a connection: all but where to connect to, and
 * ALPN, which is always `http/1.1`, the only protocol that the opening handshake has.
 */
export type ClientTlsOptions = Omit<
  TlsOptions,
  "host" | "port" | "path" | "socket" | "lookup" | "ALPNProtocols"
>;

/** Options of `connect()`; the limits of the connection are among them. */
export interface ConnectOptions extends ConnectionOptions, FieldOptions {
  /**
   * Milliseconds for all of it together: DNS, TCP, proxy, TLS and the opening handshake.
   * `Infinity` for no deadline. Default 10,000.
   */
  readonly handshakeTimeout?: number;
  /** Gives up when aborted: `connect()` rejects with its reason. No effect once connected. */
  readonly signal?: AbortSignal;
  /**
   * What happens on the connection, as for a route of a server: the fastest form, in the place of
   * `receive` and iterations. Its `open` is called before `connect()` resolves. What it throws closes
   * the connection with 1011 and becomes a warning of the process. Default: none.
   */
  readonly handler?: ConnectionHandler;
  /** Subprotocols to offer, in the order of preference. Default: none. */
  readonly protocols?: readonly string[];
  /** Passed to `node:tls` for `wss:` (`ca`, `cert`, `key`, `servername`, `rejectUnauthorized` …). */
  readonly tls?: ClientTlsOptions;
  /**
   * The proxy to go through: `"none"` (the default), the URL of one (`http:`, `https:`, `socks5:`
   * or `socks5h:`; user name and password in it are used), or `"env"`: HTTP_PROXY for `ws:`,
   * HTTPS_PROXY for `wss:`, else ALL_PROXY, unless NO_PROXY names the target; each name in lower
   * case before upper case. Either SOCKS scheme leaves names for the proxy to resolve.
   */
  readonly proxy?: string;
  /** Lets `proxy: "env"` apply to loopback targets too. Default false. */
  readonly proxyLoopback?: boolean;
  /** As {@link tls}, for the connection to a proxy whose URL is `https:`. */
  readonly proxyTls?: ClientTlsOptions;
  /** File name of a Unix socket (or Windows pipe) to connect to, in place of the URL's host. */
  readonly socketPath?: string;
  /** IP version to resolve names to: 4, 6, or 0 for both. Default 0. */
  readonly family?: 0 | 4 | 6;
  /** Resolves names in the place of `dns.lookup`, with its signature. */
  readonly lookup?: LookupFunction;
  /** Bytes that the head of a response may have. Default 16,384. */
  readonly maxHeadSize?: number;
  /** Header fields that a response may have. Default 100. */
  readonly maxHeadFields?: number;
}

/** Options of `connect()` with the URL worked in: checked, and with the defaults filled in. */
export interface ClientPlan {
  readonly target: Target;
  readonly transport: TransportSettings;
  /** Milliseconds, or `Infinity`. */
  readonly handshakeTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly handler: ConnectionHandler | undefined;
  readonly protocols: readonly string[];
  readonly origin: string | undefined;
  /** Header fields that the handshake does not write itself, with the values of their lines. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** For the connection that comes of it. */
  readonly settings: ConnectionSettings;
}

const OPTION_NAMES = [
  "handshakeTimeout",
  "signal",
  "handler",
  "headers",
  "cookies",
  "origin",
  "protocols",
  "tls",
  "proxy",
  "proxyLoopback",
  "proxyTls",
  "socketPath",
  "family",
  "lookup",
  "maxHeadSize",
  "maxHeadFields",
  ...CONNECTION_OPTION_NAMES,
].sort();

/**
 * Checks the arguments of `connect()`.
 *
 * @throws ArgumentError that says which is wrong and what was expected.
 */
export function planClient(
  url: string | URL,
  options: ConnectOptions,
  env: Readonly<Record<string, string | undefined>>,
): ClientPlan {
  checkOptionNames("connect()", options, OPTION_NAMES);
  checkKinds(options);
  const target = applySocketPath(parseTarget(url), options.socketPath);
  return {
    target,
    transport: planTransport(target, options, env),
    handshakeTimeout: checkTimeout("handshakeTimeout", options.handshakeTimeout ?? 10_000),
    signal: options.signal,
    handler: options.handler,
    protocols: planProtocols(options.protocols ?? []),
    origin: planOrigin(options.origin),
    fields: clientFields(options, target.credentials),
    settings: connectionSettings(options, "client"),
  };
}

function checkKinds(options: ConnectOptions): void {
  const { signal, handler, proxy, proxyLoopback, socketPath, lookup } = options;
  if (handler !== undefined && (typeof handler !== "object" || handler === null)) {
    throw new ArgumentError("handler is not an object with message, open, close …");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError("signal is not an AbortSignal");
  }
  if (proxy !== undefined && typeof proxy !== "string") {
    throw new ArgumentError('proxy is not a string; expected "none", "env" or the URL of a proxy');
  }
  if (proxyLoopback !== undefined && typeof proxyLoopback !== "boolean") {
    throw new ArgumentError("proxyLoopback is neither true nor false");
  }
  if (socketPath !== undefined && (typeof socketPath !== "string" || socketPath === "")) {
    throw new ArgumentError("socketPath is not the name of a file");
  }
  if (lookup !== undefined && typeof lookup !== "function") {
    throw new ArgumentError("lookup is not a function with the signature of dns.lookup");
  }
}

function planProtocols(protocols: readonly string[]): readonly string[] {
  if (!Array.isArray(protocols)) {
    throw new ArgumentError('protocols is not an array; expected one such as ["chat"]');
  }
  checkProtocols(protocols);
  return [...protocols];
}

function planOrigin(origin: string | undefined): string | undefined {
  if (origin === undefined || (typeof origin === "string" && /^[!-~]+$/.test(origin))) {
    return origin;
  }
  throw new ArgumentError('origin is not an origin; expected one such as "https://example.com"');
}

function applySocketPath(target: Target, socketPath: string | undefined): Target {
  if (socketPath === undefined) return target;
  if (target.socketPath !== undefined) {
    throw new ArgumentError("the socket is named twice: in the URL and by socketPath");
  }
  return { ...target, socketPath };
}

function planTransport(
  target: Target,
  options: ConnectOptions,
  env: Readonly<Record<string, string | undefined>>,
): TransportSettings {
  const { proxy = "none", proxyLoopback = false } = options;
  const local = target.socketPath !== undefined;
  if (local && proxy !== "none" && proxy !== "env") {
    throw new ArgumentError("a Unix socket cannot be reached through a proxy");
  }
  return {
    proxy: local ? undefined : chooseProxy(target, proxy, env, proxyLoopback),
    tls: checkTls("tls", options.tls),
    proxyTls: checkTls("proxyTls", options.proxyTls),
    family: checkFamily(options.family ?? 0),
    lookup: options.lookup,
    limits: checkHeadLimits(options),
  };
}

function checkFamily(family: unknown): 0 | 4 | 6 {
  if (family === 0 || family === 4 || family === 6) return family;
  throw new ArgumentError(`family is 4, 6, or 0 for both; got ${describe(family)}`);
}

function checkTls(name: string, tls: ClientTlsOptions = {}): ClientTlsOptions {
  if (typeof tls !== "object" || tls === null) {
    throw new ArgumentError(`${name} is not an object with options of node:tls`);
  }
  for (const key of ["host", "port", "path", "socket", "lookup", "ALPNProtocols"]) {
    if (key in tls) {
      throw new ArgumentError(
        `${name}.${key} cannot be chosen: it follows from the URL and HTTP/1.1`,
      );
    }
  }
  return tls;
}
