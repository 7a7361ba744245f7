import type { ListenOptions } from "node:net";
import type { TlsOptions } from "node:tls";
import { ArgumentError } from "../../errors.ts";
import { givenOptions } from "../../options/checks.ts";
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
   * `http/1.1` by ALPN and refuses clients that offer other protocols only, unless `ALPNProtocols` says
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
}

/** A target that was checked. */
export interface ListenPlan {
  /** For `net.Server.listen`. */
  readonly options: ListenOptions;
  /** Undefined for no TLS. */
  readonly tls: TlsOptions | undefined;
  /** Whose headers of the PROXY protocol are read: nobody's, everybody's, or those of these peers. */
  readonly proxies: AddressList | "all" | undefined;
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
  const { tls, proxyProtocol, ...options } = target as ListenTargetOptions;
  return { options, tls: checkTls(tls), proxies: checkProxies(proxyProtocol) };
}

function plainPlan(options: ListenOptions): ListenPlan {
  return { options, tls: undefined, proxies: undefined };
}

function checkTls(tls: unknown): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  if (typeof tls === "object" && tls !== null) {
    // No other protocol is spoken here: a client that offers others only is told so in the handshake.
    return { ALPNProtocols: ["http/1.1"], noDelay: true, ...givenOptions(tls) };
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
