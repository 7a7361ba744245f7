/** Which proxy a client goes through: none, a given one, or what the environment says. */

import { ArgumentError } from "../../errors.ts";
import { type Credentials, hostAndPort, hostOf, urlCredentials } from "../target.ts";
import { bypassesProxy, isLoopback, type ProxyTarget } from "./no-proxy.ts";
import { encodeLogin, socks4Request, socks5Request } from "./socks-requests.ts";

/** A proxy to go through. */
export interface ProxyServer {
  /** `http`: CONNECT over TCP; `https`: CONNECT over TLS; `socks5`: RFC 1928; `socks4a`: version 4. */
  readonly kind: "http" | "https" | "socks5" | "socks4a";
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | undefined;
}

const KINDS = new Map<string, { kind: ProxyServer["kind"]; port: number }>([
  ["http:", { kind: "http", port: 80 }],
  ["https:", { kind: "https", port: 443 }],
  ["socks5:", { kind: "socks5", port: 1080 }],
  // curl's name for "let the proxy resolve the name", which is what both do here.
  ["socks5h:", { kind: "socks5", port: 1080 }],
  // Which version that is nobody says; desktops that set ALL_PROXY to it mean the fifth.
  ["socks:", { kind: "socks5", port: 1080 }],
  ["socks4a:", { kind: "socks4a", port: 1080 }],
]);

/** For messages. */
const EXPECTED =
  "expected http://, https://, socks5://, socks5h://, socks:// or socks4a:// and a host, " +
  'as in "http://proxy.example:3128"';

/**
 * Decides which proxy leads to `target`; undefined for none.
 *
 * `setting` is `"none"`, the URL of a proxy (`http:`, `https:`, `socks5:`, `socks5h:`, `socks:`,
 * `socks4a:`), which is then used for every target, or `"env"`: `HTTP_PROXY` for ws, `HTTPS_PROXY` for wss, else
 * `ALL_PROXY`, unless `NO_PROXY` names the target. Names in lower case win over upper case, and
 * an empty variable is as good as none. Loopback targets go direct unless `proxyLoopback` is set.
 *
 * @throws ArgumentError when the URL of the proxy is none, naming the variable it came from, or when what
 * the proxy speaks cannot carry the target or the credentials.
 */
export function chooseProxy(
  target: ProxyTarget,
  setting: string,
  env: Readonly<Record<string, string | undefined>>,
  proxyLoopback: boolean,
): ProxyServer | undefined {
  if (setting === "none") return undefined;
  if (setting !== "env") return parseProxy(setting, "the proxy option", target);
  if (!proxyLoopback && isLoopback(target.host)) return undefined;
  const ofScheme = target.secure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const [name, value] = firstVariable(env, [...ofScheme, "all_proxy", "ALL_PROXY"]);
  const [, noProxy] = firstVariable(env, ["no_proxy", "NO_PROXY"]);
  if (value === "" || bypassesProxy(target, noProxy)) return undefined;
  // As curl has it: a variable may leave the scheme out, and http is meant.
  return parseProxy(value.includes("://") ? value : `http://${value}`, name, target);
}

/** A CGI script has this variable. */
const CGI_MARK = "REQUEST_METHOD";

/** The first of the variables that is set and not empty; two empty strings for none. */
function firstVariable(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): [name: string, value: string] {
  for (const name of names) {
    // A CGI script finds the request's "Proxy:" field in HTTP_PROXY: it is the attacker's choice.
    if (name === "HTTP_PROXY" && env[CGI_MARK] !== undefined) continue;
    const value = env[name]?.trim();
    if (value) return [name, value];
  }
  return ["", ""];
}

function parseProxy(text: string, source: string, target: ProxyTarget): ProxyServer {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // The text is not repeated: it may hold a password.
    throw new ArgumentError(`the URL in ${source} is not valid; ${EXPECTED}`);
  }
  const scheme = KINDS.get(url.protocol);
  if (scheme === undefined) {
    // Nor is the scheme: it may be a user name, as in "me:password@proxy".
    throw new ArgumentError(`the URL in ${source} has another scheme; ${EXPECTED}`);
  }
  if (url.hostname === "") throw new ArgumentError(`the URL in ${source} has no host; ${EXPECTED}`);
  const { kind } = scheme;
  const credentials = urlCredentials(url);
  // Encoded for the check only: a mistake is to be known before anything is opened.
  if (kind === "socks4a") socks4Request(target.host, target.port, credentials);
  else if (kind === "socks5") socks5Request(target.host, target.port);
  if (credentials && kind === "socks5") encodeLogin(credentials);
  const port = url.port === "" ? scheme.port : Number(url.port);
  return { kind, host: hostOf(url), port, credentials };
}

/** Names the proxy in messages, without its credentials. */
export function proxyLabel(proxy: ProxyServer): string {
  return `${proxy.kind}://${hostAndPort(proxy.host, proxy.port)}`;
}
