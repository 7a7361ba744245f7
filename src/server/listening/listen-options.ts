import type { ListenOptions } from "node:net";
import type { TlsOptions } from "node:tls";
import { ArgumentError } from "../../errors.ts";
import { checkOptionNames, checkTimeout, givenOptions } from "../../options/checks.ts";
import { describe } from "../../options/describe.ts";
import { AddressList } from "./address-list.ts";

/** Where to listen: a port, the path of a Unix socket, or options. */
export type ListenTarget = number | string | ListenTargetOptions;

/** `ListenOptions` of `node:net`, and what this library adds. */
export interface ListenTargetOptions extends ListenOptions {
  /** The number of an open file descriptor that listens, as a service manager hands over. Default: none. */
  readonly fd?: number;
  /**
   * Options of `tls.createServer`, at least `cert` and `key`. Makes this a TLS port. It agrees upon
   * `http/1.1` by ALPN (with {@link http2} upon `h2` first) and refuses clients that offer other protocols only,
   * unless `ALPNProtocols` says
   * else.
   */
  readonly tls?: TlsOptions;
  /**
   * Whether proxies say in front of everything else from whom they have accepted a connection (PROXY
   * protocol, versions 1 and 2; `send-proxy` of HAProxy, for example): a list of the addresses of these
   * proxies (`["10.0.0.5"]`, ranges such as `"10.0.0.0/8"`, `"loopback"`, `"private"`), or true for whoever
   * can reach this port. Such a peer must send the header; what others send is taken for their own request.
   * Default false.
   */
  readonly proxyProtocol?: boolean | readonly string[];
  /**
   * Whether HTTP/2 is spoken beside HTTP/1.1, WebSockets included (RFC 8441): on a TLS port by ALPN, on another
   * one to who begins with it ("prior knowledge"), as proxies do. Options of it, or true. Default false.
   */
  readonly http2?: boolean | Http2Options;
}

/** What can be set for the sessions of HTTP/2 that come in at a port. */
export interface Http2Options {
  /**
   * Most streams that a peer may have open at once on one session: WebSockets and plain requests together. Beyond
   * it a stream is refused, which the peer may try again later. Default 256.
   */
  readonly maxConcurrentStreams?: number;
  /** Milliseconds that a session may be open without a stream. Default 60,000. */
  readonly idleTimeout?: number;
}

/** A target that was checked. */
export interface ListenPlan {
  /** For `net.Server.listen`. */
  readonly options: ListenOptions;
  /** Undefined for no TLS. */
  readonly tls: TlsOptions | undefined;
  /** Whose headers of the PROXY protocol are read: nobody's, everybody's, or those of these peers. */
  readonly proxies: AddressList | "all" | undefined;
  /** Undefined where HTTP/2 is not spoken. */
  readonly http2: Required<Http2Options> | undefined;
}

/** @throws ArgumentError for a target that is none */
export function listenPlan(target: unknown): ListenPlan {
  if (typeof target === "number") return plainPlan({ port: target });
  if (typeof target === "string") {
    if (!/^\d+$/.test(target)) return plainPlan({ path: target });
    throw new ArgumentError(`listen takes a port as a number; got ${describe(target)}`);
  }
  if (typeof target !== "object" || target === null) {
    throw new ArgumentError(`listen takes a port, a path or options; got ${describe(target)}`);
  }
  const { tls, proxyProtocol, http2: given, ...options } = target as ListenTargetOptions;
  const http2 = checkHttp2(given);
  return {
    options,
    tls: checkTls(tls, http2 === undefined ? ["http/1.1"] : ["h2", "http/1.1"]),
    proxies: checkProxies(proxyProtocol),
    http2,
  };
}

function plainPlan(options: ListenOptions): ListenPlan {
  return { options, tls: undefined, proxies: undefined, http2: undefined };
}

function checkHttp2(given: unknown): ListenPlan["http2"] {
  if (given === undefined || given === false) return undefined;
  const options = (given === true ? {} : given) as Http2Options;
  checkOptionNames("http2", options, ["maxConcurrentStreams", "idleTimeout"]);
  const { maxConcurrentStreams = 256, idleTimeout = 60_000 } = options;
  return {
    maxConcurrentStreams: checkStreams(maxConcurrentStreams),
    idleTimeout: checkTimeout("idleTimeout", idleTimeout),
  };
}

/** A setting of HTTP/2 is a number of 32 bits (RFC 9113 §6.5.1). */
function checkStreams(most: unknown): number {
  const valid = typeof most === "number" && Number.isInteger(most) && most > 0 && most < 2 ** 32;
  if (valid) return most;
  throw new ArgumentError(
    `maxConcurrentStreams is a whole number of streams, 1 to ${2 ** 32 - 1}; got ${describe(most)}`,
  );
}

/** @param protocols what is agreed upon by ALPN, unless the options say else */
function checkTls(tls: unknown, protocols: string[]): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  if (typeof tls === "object" && tls !== null) {
    // No other protocol is spoken here: a client that offers others only is told so in the handshake.
    return { ALPNProtocols: protocols, noDelay: true, ...givenOptions(tls) };
  }
  // Not what it is: it may be a key.
  throw new ArgumentError(
    `tls is an object with the options of tls.createServer, such as cert and key; got a ${typeof tls}`,
  );
}

function checkProxies(given: unknown): ListenPlan["proxies"] {
  if (given === undefined || given === false) return undefined;
  if (given === true) return "all";
  if (Array.isArray(given)) return new AddressList("proxyProtocol", given);
  throw new ArgumentError(
    `proxyProtocol is true, false or a list of addresses; got ${describe(given)}`,
  );
}
