import type { IncomingMessage, RequestListener } from "node:http";
import type { Duplex } from "node:stream";
import { defaultBudget } from "../connection/buffer-budget.ts";
import type { Connection } from "../connection/connection.ts";
import { CONNECTION_OPTION_NAMES, type ConnectionOptions } from "../connection/options.ts";
import type { RequestInfo } from "../connection/request-info.ts";
import { ArgumentError } from "../errors.ts";
import { type CheckedHosts, checkHostRule, type HostRule } from "../handshake/gate/hosts.ts";
import type { OriginRule } from "../handshake/gate/origin.ts";
import { checkHeadLimits } from "../handshake/head-limits.ts";
import type { HeadLimits } from "../handshake/head-reader.ts";
import { checkLimit, checkOptionNames, checkTimeout } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import {
  TOPIC_OPTIONS,
  type TopicOptions,
  type TopicSettings,
  topicSettings,
} from "../topics/options.ts";
import {
  checkTrust,
  type TrustedProxies,
  type TrustProxy,
  type TrustProxyOptions,
} from "./opening/trusted-proxies.ts";
import type { RefusedHandshake } from "./refused-handshake.ts";

/** What can be set for one route; what is not set there holds as it is for the server. */
export interface RouteOptions extends ConnectionOptions {
  /**
   * Which origins may connect: `"same-origin"` (default: scheme, host and port of the page are
   * those of the request), `"*"`, a list such as `["same-origin", "https://example.com"]`, or a function
   * that returns true for those that may. A request without `Origin` does not come from a browser's
   * page and passes. Others are refused with 403. Behind a proxy that ends TLS see
   * {@link ServerOptions.trustProxy}, or name the page's origin in a list.
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
export interface ServerOptions extends RouteOptions, TopicOptions {
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
   * Most open sockets, those in the TLS handshake included. Of those beyond it, 32 at a time are told so
   * with 503, unless they are on a TLS port; the others are dropped at once. Default Infinity.
   */
  readonly maxConnections?: number;
  /**
   * Most open sockets of one address, an IPv4 address or the first 64 bits of an IPv6 address; others are
   * refused with 429 as {@link maxConnections} refuses. Default Infinity.
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * New connections a second that one address may open, on an average over a second: as many at once, then
   * one whenever its time has come. Below 1 for less than one a second. Others are refused like those of
   * {@link maxConnectionsPerAddress}. Default Infinity.
   */
  readonly maxConnectionRatePerAddress?: number;
  /**
   * Asked for each socket, with the peer's address (undefined on a Unix socket), before anything is
   * read from it; false answers with 429, on a TLS port it drops the socket. So does a
   * throw, or anything but a boolean, such as a promise; {@link onError} is told of these. Where a trusted
   * proxy tells the address, it is asked once that is known.
   */
  readonly admit?: (remoteAddress: string | undefined) => boolean;
  /**
   * Which hosts this server answers for: `"*"` for all (default), or a list as
   * `["example.com", "*.example.com", "localhost:8199", "ip-address"]`, or a function that returns true for
   * those it does. Others are refused with 421, plain HTTP included. It keeps pages out whose name was bound
   * to this server's address for the purpose (DNS rebinding), and which `"same-origin"` would let in.
   */
  readonly hosts?: HostRule;
  /**
   * Whether the peers are proxies that say for whom they speak, in `X-Forwarded-For`, `-Proto`, `-Host` and
   * `-Port`: true where each connection comes through one, a number of them one behind the other, or a list
   * of their addresses (ranges, `"loopback"` and `"private"` too). `request`, `origin`, `hosts` and the
   * limits per address then see the client's address, scheme and host. Anybody else could write these fields:
   * only where none but proxies can reach this server is it safe to name a number. Default false.
   */
  readonly trustProxy?: TrustProxy | TrustProxyOptions;
  /**
   * Most bytes that all connections together may have waiting: to be sent, to be taken by this program (what a
   * paused stream has read ahead included), or of messages that are half received. Beyond it those that hold most
   * are closed with 1013. Default: half of
   * what V8 lets its heap grow to (`v8.getHeapStatistics().heap_size_limit`).
   */
  readonly maxTotalBuffered?: number;
  /** Directory of static files, served to requests that are no WebSocket requests. */
  readonly root?: string;
  /** Serves requests that are no WebSocket requests, in place of {@link root}. */
  readonly listener?: RequestListener;
  /**
   * Gets requests to open a WebSocket for which there is no route, in place of a 404: as a listener for
   * `upgrade` of `node:http` does. It must answer them or destroy the socket.
   */
  readonly onUnknownUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Told of every opening handshake that was refused or has failed. */
  readonly onRefused?: (refused: RefusedHandshake) => void;
  /**
   * Told of every error that the user's own code throws, with the connection or the request that
   * it was to serve; with neither for {@link admit}, {@link listener} and {@link onRefused}. By default it
   * is printed to stderr.
   */
  readonly onError?: (error: unknown, subject: Connection | RequestInfo | undefined) => void;
}

/** The checked options of a server, but for what is a route's. */
export interface ServerSettings {
  readonly handshakeTimeout: number;
  readonly headLimits: HeadLimits;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxConnectionRatePerAddress: number;
  readonly admit: ((remoteAddress: string | undefined) => boolean) | undefined;
  readonly maxTotalBuffered: number;
  readonly hosts: CheckedHosts;
  readonly trustProxy: TrustedProxies | undefined;
  readonly topics: TopicSettings;
  readonly onUnknownUpgrade: ServerOptions["onUnknownUpgrade"];
  readonly onRefused: ((refused: RefusedHandshake) => void) | undefined;
  readonly onError: (error: unknown, subject: Connection | RequestInfo | undefined) => void;
}

/** The names of all options of a route. */
export const ROUTE_OPTIONS = [...CONNECTION_OPTION_NAMES, "origin", "protocols"];
const SERVER_OPTIONS = [
  ...ROUTE_OPTIONS,
  ...TOPIC_OPTIONS,
  "handshakeTimeout",
  "maxHeadSize",
  "maxHeadFields",
  "maxConnections",
  "maxConnectionsPerAddress",
  "maxConnectionRatePerAddress",
  "maxTotalBuffered",
  "admit",
  "hosts",
  "trustProxy",
  "root",
  "listener",
  "onUnknownUpgrade",
  "onRefused",
  "onError",
];

/** @internal @throws ArgumentError */
export function serverSettings(options: ServerOptions): ServerSettings {
  checkOptionNames("Server", options, SERVER_OPTIONS);
  const { admit, root, listener, onUnknownUpgrade, onRefused, onError } = options;
  for (const [name, value] of Object.entries({
    admit,
    listener,
    onUnknownUpgrade,
    onRefused,
    onError,
  })) {
    if (value === undefined || typeof value === "function") continue;
    throw new ArgumentError(`${name} is a function; got ${typeof value}`);
  }
  if (root !== undefined && listener !== undefined) {
    throw new ArgumentError("give either root or listener: both answer plain HTTP requests");
  }
  const most = (name: "maxConnections" | "maxConnectionsPerAddress") =>
    checkLimit(name, options[name] ?? Number.POSITIVE_INFINITY, 0, "connections");
  return {
    handshakeTimeout: checkTimeout("handshakeTimeout", options.handshakeTimeout ?? 10_000),
    headLimits: checkHeadLimits(options),
    maxConnections: most("maxConnections"),
    maxConnectionsPerAddress: most("maxConnectionsPerAddress"),
    maxConnectionRatePerAddress: checkRate(options.maxConnectionRatePerAddress),
    admit,
    maxTotalBuffered: checkLimit(
      "maxTotalBuffered",
      options.maxTotalBuffered ?? defaultBudget(),
      1,
      "bytes",
    ),
    hosts: checkHostRule(options.hosts ?? "*"),
    trustProxy: checkTrust(options.trustProxy ?? false),
    topics: topicSettings(options),
    onUnknownUpgrade,
    onRefused,
    onError: onError ?? printError,
  };
}

function checkRate(rate: unknown): number {
  if (rate === undefined || rate === null) return Number.POSITIVE_INFINITY;
  if (typeof rate === "number" && rate > 0) return rate;
  throw new ArgumentError(
    `maxConnectionRatePerAddress is a number of connections a second, more than 0, or Infinity for none; got ${describe(rate)}`,
  );
}

function printError(error: unknown): void {
  console.error("barewire: a handler has failed:", error);
}
