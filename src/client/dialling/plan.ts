/** Checks how the server is to be reached. */

import { isIP } from "node:net";
import { ArgumentError } from "../../errors.ts";
import { describe } from "../../options/describe.ts";
import { proxyFields } from "../fields.ts";
import type { ClientTlsOptions, DialOptions } from "../options.ts";
import { chooseProxy } from "../proxy/choice.ts";
import type { Target } from "../target.ts";
import { checkStream } from "./given-stream.ts";
import type { DialSettings } from "./settings.ts";

/** Where to connect to, and how. */
export interface DialPlan {
  /** With the Unix socket of the options, where they name one. */
  readonly target: Target;
  readonly settings: Omit<DialSettings, "limits" | "maxRefusalBody" | "alpn">;
}

/**
 * Works out the way to `target`.
 *
 * @throws ArgumentError for an option that is wrong, or two that exclude each other.
 */
export function planDial(
  target: Target,
  options: DialOptions,
  env: Readonly<Record<string, string | undefined>>,
): DialPlan {
  const given = planGiven(target, options);
  const place = given === undefined ? planSocketPath(target, options) : target;
  const proxy = planProxy(place, options, env, given !== undefined);
  const isHttp = proxy?.kind === "http" || proxy?.kind === "https";
  const { localAddress, localPort } = planLocal(place, options);
  const settings = {
    given,
    proxy,
    proxyFields: proxyFields(options.proxyHeaders ?? {}, isHttp ? proxy?.credentials : undefined),
    tls: checkTls("tls", options.tls),
    proxyTls: checkTls("proxyTls", options.proxyTls),
    family: planFamily(options.family, localAddress),
    lookup: checkLookup(options.lookup),
    localAddress,
    localPort,
  };
  return { target: place, settings };
}

/** What the caller's own stream takes the place of. */
const NOT_WITH_GIVEN = [
  "proxyHeaders",
  "proxyLoopback",
  "proxyTls",
  "socketPath",
  "localAddress",
  "localPort",
  "family",
  "lookup",
] as const;

function planGiven(target: Target, options: DialOptions): DialSettings["given"] {
  const { socket, createConnection } = options;
  if (socket === undefined && createConnection === undefined) return undefined;
  const name = socket === undefined ? "createConnection" : "socket";
  if (socket !== undefined && createConnection !== undefined) {
    throw new ArgumentError("socket and createConnection exclude each other");
  }
  if (createConnection !== undefined && typeof createConnection !== "function") {
    throw new ArgumentError("createConnection is not a function that returns a stream");
  }
  if (target.socketPath !== undefined) {
    throw new ArgumentError(`${name} does not go with a URL that names a Unix socket`);
  }
  for (const other of NOT_WITH_GIVEN) {
    if (options[other] === undefined) continue;
    throw new ArgumentError(
      `${name} does not go with ${other}: how the server is reached is yours`,
    );
  }
  return socket === undefined ? createConnection : checkStream("socket", socket);
}

function planSocketPath(target: Target, { socketPath }: DialOptions): Target {
  if (socketPath === undefined) return target;
  if (typeof socketPath !== "string" || socketPath === "") {
    throw new ArgumentError("socketPath is not the name of a file");
  }
  if (target.socketPath !== undefined) {
    throw new ArgumentError("the socket is named twice: in the URL and by socketPath");
  }
  return { ...target, socketPath };
}

function planProxy(
  target: Target,
  { proxy = "none", proxyLoopback = false }: DialOptions,
  env: Readonly<Record<string, string | undefined>>,
  isGiven: boolean,
): DialSettings["proxy"] {
  if (typeof proxy !== "string") {
    throw new ArgumentError('proxy is not a string; expected "none", "env" or the URL of a proxy');
  }
  if (typeof proxyLoopback !== "boolean") {
    throw new ArgumentError("proxyLoopback is neither true nor false");
  }
  const isLocal = target.socketPath !== undefined;
  if (!isLocal && !isGiven) return chooseProxy(target, proxy, env, proxyLoopback);
  // That the environment names a proxy is no wish for this connection.
  if (proxy === "none" || proxy === "env") return undefined;
  throw new ArgumentError(
    `a ${isLocal ? "Unix socket" : "stream of the caller's"} cannot be reached through a proxy`,
  );
}

function planLocal(
  target: Target,
  { localAddress, localPort }: DialOptions,
): Pick<DialSettings, "localAddress" | "localPort"> {
  if (localAddress === undefined && localPort === undefined) return { localAddress, localPort };
  if (target.socketPath !== undefined) {
    throw new ArgumentError("localAddress and localPort do not go with a Unix socket");
  }
  if (
    localAddress !== undefined &&
    (typeof localAddress !== "string" || isIP(localAddress) === 0)
  ) {
    throw new ArgumentError("localAddress is not an IP address");
  }
  const isPort =
    Number.isInteger(localPort) && Number(localPort) >= 0 && Number(localPort) < 2 ** 16;
  if (localPort !== undefined && !isPort) {
    throw new ArgumentError(`localPort is a number from 0 to 65,535; got ${describe(localPort)}`);
  }
  return { localAddress, localPort };
}

function planFamily(family: unknown, localAddress: string | undefined): 0 | 4 | 6 {
  if (family !== undefined && family !== 0 && family !== 4 && family !== 6) {
    throw new ArgumentError(`family is 4, 6, or 0 for both; got ${describe(family)}`);
  }
  if (localAddress === undefined) return family ?? 0;
  // From an address of one version no address of the other can be reached.
  const own = isIP(localAddress) === 6 ? 6 : 4;
  if (family === undefined || family === 0 || family === own) return own;
  throw new ArgumentError(`family is ${family}, and localAddress is of the other IP version`);
}

function checkLookup(lookup: DialOptions["lookup"]): DialOptions["lookup"] {
  if (lookup === undefined || typeof lookup === "function") return lookup;
  throw new ArgumentError("lookup is not a function with the signature of dns.lookup");
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
