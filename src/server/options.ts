import type { RequestListener } from "node:http";
import type { ListenOptions } from "node:net";
import type { TlsOptions } from "node:tls";
import { type BufferBudget, defaultBudget } from "../connection/buffer-budget.ts";
import type { Connection } from "../connection/connection.ts";
import { ConnectionGroup } from "../connection/group.ts";
import {
  CONNECTION_OPTION_NAMES,
  type ConnectionOptions,
  connectionSettings,
} from "../connection/options.ts";
import type { RequestInfo } from "../connection/request-info.ts";
import { catchRejection } from "../connection/user-code.ts";
import { ArgumentError } from "../errors.ts";
import { checkHeadLimits } from "../handshake/head-limits.ts";
import type { HeadLimits } from "../handshake/head-reader.ts";
import { checkOriginRule, type OriginRule } from "../handshake/origin.ts";
import { isToken } from "../handshake/token.ts";
import { checkLimit, checkOptionNames, checkTimeout, givenOptions } from "../options/checks.ts";

/** What can be set for one route; what is not set there holds as it is for the server. */
export interface RouteOptions extends ConnectionOptions {
  /**
   * Which origins may connect: `"same-origin"` (default: scheme, host and port of the page are
   * those of the request), `"*"`, a list such as `["https://example.com"]`, or a function that
   * returns true for those that may. A request without `Origin` does not come from a browser's
   * page and passes. Others are refused with 403. Behind a proxy that ends TLS the server sees
   * no TLS: name the page's origin in a list there.
   */
  readonly origin?: OriginRule;
  /**
   * Subprotocols that a handler object speaks, in the server's order of preference: the first
   * that the client offers is agreed upon, none if it offers none of them (RFC 6455 §4.2.2). A
   * handler function chooses for itself, in `request.upgrade({ protocol })`.
   */
  readonly protocols?: readonly string[];
}

/** Options of a {@link Server}. Sizes are in bytes, times in milliseconds. */
export interface ServerOptions extends RouteOptions {
  /**
   * Milliseconds from a connection's accept to the end of its opening handshake, TLS and
   * asynchronous handlers included; then 408. Default 10,000.
   */
  readonly handshakeTimeout?: number;
  /** Largest request head, in bytes; a larger one is answered with 431. Default 16,384. */
  readonly maxHeadSize?: number;
  /** Most header fields of a request; more are answered with 431. Default 100. */
  readonly maxHeadFields?: number;
  /**
   * Most open sockets, those in the TLS handshake included; the next one is answered with 503, on a
   * TLS port closed at once. Default Infinity.
   */
  readonly maxConnections?: number;
  /**
   * Asked for each socket, with the peer's address (undefined on a Unix socket), before anything is
   * read from it; false answers with 429, on a TLS port it closes the socket at once. So does a
   * throw, or anything but a boolean, such as a promise; {@link onError} is told of these.
   */
  readonly admit?: (remoteAddress: string | undefined) => boolean;
  /**
   * Most bytes that all connections together may have waiting: to be sent, to be taken by this program, or of
   * messages that are half received. Beyond it those that hold most are closed with 1013. Default: half of
   * what V8 lets its heap grow to (`v8.getHeapStatistics().heap_size_limit`).
   */
  readonly maxTotalBuffered?: number;
  /** Directory of static files, served to requests that are no WebSocket requests. */
  readonly root?: string;
  /** Serves requests that are no WebSocket requests, in place of {@link root}. */
  readonly listener?: RequestListener;
  /**
   * Told of every error that the user's own code throws, with the connection or the request that
   * it was to serve; with neither for {@link admit} and {@link listener}. By default it is printed
   * to stderr.
   */
  readonly onError?: (error: unknown, subject: Connection | RequestInfo | undefined) => void;
}

/** Where to listen: a port, the path of a Unix socket, or options. */
export type ListenTarget = number | string | ListenTargetOptions;

/** `ListenOptions` of `node:net`, and `tls` for TLS. */
export interface ListenTargetOptions extends ListenOptions {
  /** Options of `tls.createServer`, at least `cert` and `key`. Makes this a TLS port. */
  readonly tls?: TlsOptions;
}

/** @internal The checked options of a route. */
export interface RouteSettings {
  readonly group: ConnectionGroup;
  readonly origin: OriginRule;
  readonly protocols: readonly string[];
}

/** The checked options of a server, but for what is a route's. */
export interface ServerSettings {
  readonly handshakeTimeout: number;
  readonly headLimits: HeadLimits;
  readonly maxConnections: number;
  readonly admit: ((remoteAddress: string | undefined) => boolean) | undefined;
  readonly maxTotalBuffered: number;
  readonly onError: (error: unknown, subject: Connection | RequestInfo | undefined) => void;
}

const ROUTE_OPTIONS = [...CONNECTION_OPTION_NAMES, "origin", "protocols"];
const SERVER_OPTIONS = [
  ...ROUTE_OPTIONS,
  "handshakeTimeout",
  "maxHeadSize",
  "maxHeadFields",
  "maxConnections",
  "maxTotalBuffered",
  "admit",
  "root",
  "listener",
  "onError",
];

/** @internal @throws ArgumentError */
export function serverSettings(options: ServerOptions): ServerSettings {
  checkOptionNames("Server", options, SERVER_OPTIONS);
  const { admit, root, listener, onError } = options;
  checkFunction("admit", admit);
  checkFunction("listener", listener);
  checkFunction("onError", onError);
  if (root !== undefined && listener !== undefined) {
    throw new ArgumentError("give either root or listener: both answer plain HTTP requests");
  }
  return {
    handshakeTimeout: checkTimeout("handshakeTimeout", options.handshakeTimeout ?? 10_000),
    headLimits: checkHeadLimits(options),
    maxConnections: checkLimit(
      "maxConnections",
      options.maxConnections ?? Number.POSITIVE_INFINITY,
      0,
      "connections",
    ),
    admit,
    maxTotalBuffered: checkLimit(
      "maxTotalBuffered",
      options.maxTotalBuffered ?? defaultBudget(),
      1,
      "bytes",
    ),
    onError: onError ?? printError,
  };
}

/** @internal @throws ArgumentError */
export function routeSettings(
  server: ServerOptions,
  route: RouteOptions,
  budget?: BufferBudget,
): RouteSettings {
  checkOptionNames("handle", route, ROUTE_OPTIONS);
  const merged = { ...server, ...givenOptions(route) };
  const protocols = merged.protocols ?? [];
  if (!Array.isArray(protocols) || !protocols.every((name) => isToken(name))) {
    throw new ArgumentError(
      "protocols is a list of subprotocol names, each a token (RFC 6455 §4.1)",
    );
  }
  return {
    group: new ConnectionGroup(connectionSettings(merged, "server"), budget),
    origin: withoutRejections(checkOriginRule(merged.origin ?? "same-origin")),
    protocols,
  };
}

/** A promise is no answer of an origin function, and refused; so nobody else sees to its rejection. */
function withoutRejections(rule: OriginRule): OriginRule {
  if (typeof rule !== "function") return rule;
  return (origin, head) => {
    const allowed = rule(origin, head);
    catchRejection(allowed, () => {});
    return allowed;
  };
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new ArgumentError(`${name} is a function; got ${typeof value}`);
}

function printError(error: unknown): void {
  console.error("barewire: a handler has failed:", error);
}
