/** The options of `connect()`: what they are. `plan.ts` checks them. */

import type { ClientHttp2Session } from "node:http2";
import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectionHandler } from "../connection/connection.ts";
import { CONNECTION_OPTION_NAMES, type ConnectionOptions } from "../connection/options.ts";
import type { CreateConnection } from "./dialling/given-stream.ts";
import type { FieldOptions, HeaderFields } from "./fields.ts";

/**
 * The options of `node:tls` that can be chosen for a connection: all but where to connect to, and
 * ALPN, which goes by {@link DialOptions.http}.
 */
export type ClientTlsOptions = Omit<
  TlsOptions,
  "host" | "port" | "path" | "socket" | "lookup" | "ALPNProtocols"
>;

/** How the server is reached. */
export interface DialOptions {
  /** Passed to `node:tls` for `wss:` (`ca`, `cert`, `key`, `servername`, `rejectUnauthorized` …). */
  readonly tls?: ClientTlsOptions;
  /**
   * A stream to the server that is there already, in the place of a TCP connection: any `Duplex` of bytes,
   * a socket that is still connecting among them. With `wss:` TLS is started on it, whatever it is; a stream
   * that has TLS with the server already goes with `ws:`. `connect()` owns it from the call on, and
   * destroys it when it fails. None of the other options of this group but `tls` goes with it.
   */
  readonly socket?: Duplex;
  /**
   * Opens a stream to the server in the place of `node:net`, once for each connection that is needed, which
   * redirects may make more than one. The same holds for it as for {@link socket}.
   */
  readonly createConnection?: CreateConnection;
  /**
   * The proxy to go through: `"none"` (the default), the URL of one (`http:`, `https:`, `socks5:`,
   * `socks5h:`, `socks:`, which is SOCKS5 too, or `socks4a:`; user name and password in it are used), or
   * `"env"`: HTTP_PROXY for `ws:`, HTTPS_PROXY for `wss:`, else ALL_PROXY, unless NO_PROXY names the
   * target; each name in lower case before upper case. SOCKS leaves names for the proxy to resolve.
   */
  readonly proxy?: string;
  /** Lets `proxy: "env"` apply to loopback targets too. Default false. */
  readonly proxyLoopback?: boolean;
  /**
   * Header fields for an HTTP proxy, such as `Proxy-Authorization` of another kind than Basic. They go with
   * CONNECT and never to the server. Of no effect without a proxy and for SOCKS.
   */
  readonly proxyHeaders?: HeaderFields;
  /** As {@link tls}, for the connection to a proxy whose URL is `https:`. */
  readonly proxyTls?: ClientTlsOptions;
  /** File name of a Unix socket (or Windows pipe) to connect to, in place of the URL's host. */
  readonly socketPath?: string;
  /** IP address of this side. Default: the system's choice. */
  readonly localAddress?: string;
  /** Port of this side, 0 to 65,535; 0 for any. Default: any. */
  readonly localPort?: number;
  /** IP version to resolve names to: 4, 6, or 0 for both. Default 0, or that of {@link localAddress}. */
  readonly family?: 0 | 4 | 6;
  /** Resolves names in the place of `dns.lookup`, with its signature. */
  readonly lookup?: LookupFunction;
  /**
   * The version of HTTP: 1, the default; 2, by ALPN over `wss:` and with prior knowledge over `ws:` (RFC 8441), or
   * not at all; `"auto"`, with which `wss:` takes HTTP/2 where the server has WebSockets over it, and HTTP/1.1
   * elsewhere. Connections to the same place with the same options of this group share a session of HTTP/2, which is
   * closed 5 seconds after the last of them.
   */
  readonly http?: "auto" | 1 | 2;
  /**
   * A session of HTTP/2 with the server, as `connect` of `node:http2` makes it, whose settings have come: the
   * connection is one of its streams. It stays the caller's.
   */
  readonly session?: ClientHttp2Session;
}

/** What is asked for, and which answers are taken. */
export interface HandshakeOptions extends FieldOptions {
  /** Subprotocols to offer, in the order of preference. Default: none. */
  readonly protocols?: readonly string[];
  /**
   * Whether a server that chooses none of the {@link protocols} is refused, with `BAD_RESPONSE`. RFC 6455
   * §4.1 leaves that to the client. Default true, as browsers have it: who names subprotocols speaks them,
   * and would take what comes for what it is not. With false the connection opens, and its `protocol` is `""`.
   */
  readonly requireProtocol?: boolean;
  /**
   * How many redirects (301, 302, 303, 307, 308) are followed, one after the other. Default 0: a redirect is
   * a refusal like others. To another origin (scheme, host or port) go none of the caller's headers but
   * `User-Agent`, no cookies, no credentials and no client certificate, also where it leads back.
   */
  readonly maxRedirects?: number;
  /** Whether redirects from `wss:` to `ws:` are followed, without TLS from there on. Default false. */
  readonly insecureRedirects?: boolean;
  /** Bytes that the head of a response may have. Default 16,384. */
  readonly maxHeadSize?: number;
  /** Header fields that a response may have. Default 100. */
  readonly maxHeadFields?: number;
  /** Bytes of the body of a refusal that are kept in its error. Default 4,096; 0 for none. */
  readonly maxRefusalBody?: number;
}

/**
 * Options of `connect()`; the limits of the connection are among them. `User` is the type of {@link data}.
 */
export interface ConnectOptions<User = unknown>
  extends ConnectionOptions,
    DialOptions,
    HandshakeOptions {
  /**
   * Milliseconds for all of it together: DNS, TCP, proxy, TLS and the opening handshake, redirects
   * included. `Infinity` for no deadline. Default 10,000. Time in which this process stands still is not
   * counted against the server.
   */
  readonly handshakeTimeout?: number;
  /** Gives up when aborted: `connect()` rejects with its reason. No effect once connected. */
  readonly signal?: AbortSignal;
  /**
   * What happens on the connection, as for a route of a server: the fastest form, in the place of
   * `receive` and iterations. Its `open` is called before `connect()` resolves. What it throws closes
   * the connection with 1011 and becomes a warning of the process. Default: none.
   */
  readonly handler?: ConnectionHandler<User>;
  /** What `ws.data` of the connection is, from before `open` on. Default: undefined. */
  readonly data?: User;
}

/** The names of all options of `connect()`. */
export const CONNECT_OPTION_NAMES = [
  "handshakeTimeout",
  "signal",
  "handler",
  "data",
  "headers",
  "cookies",
  "origin",
  "protocols",
  "requireProtocol",
  "maxRedirects",
  "insecureRedirects",
  "maxHeadSize",
  "maxHeadFields",
  "maxRefusalBody",
  "tls",
  "socket",
  "createConnection",
  "proxy",
  "proxyLoopback",
  "proxyHeaders",
  "proxyTls",
  "socketPath",
  "localAddress",
  "localPort",
  "family",
  "lookup",
  "http",
  "session",
  ...CONNECTION_OPTION_NAMES,
].sort();
