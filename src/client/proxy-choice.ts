/** Which proxy a client goes through: none, a given one, or what the environment says. */

import { BlockList, isIP } from "node:net";
import { ArgumentError } from "../errors.ts";
import { encodeLogin } from "./socks-proxy.ts";
import {
  basicAuthorization,
  type Credentials,
  hostAndPort,
  hostOf,
  urlCredentials,
} from "./target.ts";

/** A proxy to go through. */
export interface ProxyServer {
  /** `http`: CONNECT over TCP; `https`: CONNECT over TLS; `socks5`: RFC 1928. */
  readonly kind: "http" | "https" | "socks5";
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials | undefined;
}

/** What {@link chooseProxy} looks at in the destination. */
export interface ProxyTarget {
  readonly secure: boolean;
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const KINDS = new Map<string, { kind: ProxyServer["kind"]; port: number }>([
  ["http:", { kind: "http", port: 80 }],
  ["https:", { kind: "https", port: 443 }],
  ["socks5:", { kind: "socks5", port: 1080 }],
  // curl's name for "let the proxy resolve the name", which is what both do here.
  ["socks5h:", { kind: "socks5", port: 1080 }],
]);

/**
 * Decides which proxy leads to `target`; undefined for none.
 *
 * `setting` is `"none"`, the URL of a proxy (`http:`, `https:`, `socks5:`, `socks5h:`), which is
 * then used for every target, or `"env"`: `HTTP_PROXY` for ws, `HTTPS_PROXY` for wss, else
 * `ALL_PROXY`, unless `NO_PROXY` names the target. Names in lower case win over upper case, and
 * an empty variable is as good as none. Loopback targets go direct unless `proxyLoopback` is set.
 *
 * @throws ArgumentError when the URL of the proxy is none, naming the variable it came from.
 */
export function chooseProxy(
  target: ProxyTarget,
  setting: string,
  env: Readonly<Record<string, string | undefined>>,
  proxyLoopback: boolean,
): ProxyServer | undefined {
  if (setting === "none") return undefined;
  if (setting !== "env") return parseProxy(setting, "the proxy option");
  if (!proxyLoopback && isLoopback(target.host)) return undefined;
  const ofScheme = target.secure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const [name, value] = firstVariable(env, [...ofScheme, "all_proxy", "ALL_PROXY"]);
  const [, noProxy] = firstVariable(env, ["no_proxy", "NO_PROXY"]);
  if (value === "" || bypassesProxy(target, noProxy)) return undefined;
  // As curl has it: a variable may leave the scheme out, and http is meant.
  return parseProxy(value.includes("://") ? value : `http://${value}`, name);
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

function parseProxy(text: string, source: string): ProxyServer {
  const expected = `expected http://, https://, socks5:// or socks5h:// and a host, as in "http://proxy.example:3128"`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // The text is not repeated: it may hold a password.
    throw new ArgumentError(`the URL in ${source} is not valid; ${expected}`);
  }
  const scheme = KINDS.get(url.protocol);
  if (scheme === undefined) {
    // Nor is the scheme: it may be a user name, as in "me:password@proxy".
    throw new ArgumentError(`the URL in ${source} has another scheme; ${expected}`);
  }
  if (url.hostname === "") throw new ArgumentError(`the URL in ${source} has no host; ${expected}`);
  const credentials = urlCredentials(url);
  // Encoded for the check only: a mistake in them is to be known before anything is opened.
  if (credentials) (scheme.kind === "socks5" ? encodeLogin : basicAuthorization)(credentials);
  return {
    kind: scheme.kind,
    host: hostOf(url),
    port: url.port === "" ? scheme.port : Number(url.port),
    credentials,
  };
}

/** Names the proxy in messages, without its credentials. */
export function proxyLabel(proxy: ProxyServer): string {
  return `${proxy.kind}://${hostAndPort(proxy.host, proxy.port)}`;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  const name = plainName(host);
  // RFC 6761 §6.3: "localhost" and the names below it are loopback.
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return isListed(LOOPBACK, host);
}

function isListed(list: BlockList, host: string): boolean {
  const version = isIP(host);
  // BlockList.check() compares an IPv4-mapped IPv6 address with the IPv4 rules too.
  return version !== 0 && list.check(host, version === 6 ? "ipv6" : "ipv4");
}

/**
 * True when `noProxy`, the value of NO_PROXY, names the target. Its entries stand between commas
 * or blanks: `*` for everything; a host name, which covers the names below it too, with or
 * without a leading `.` or `*.`; an IP address, IPv6 in brackets or not; a subnet such as
 * `10.0.0.0/8`. A name or address may be followed by `:port`, and then covers that port alone.
 */
export function bypassesProxy(target: ProxyTarget, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => entry !== "" && matches(entry, target));
}

function matches(entry: string, target: ProxyTarget): boolean {
  if (entry === "*") return true;
  const [host, port] = splitPort(entry);
  if (port !== undefined && port !== target.port) return false;
  if (isIP(target.host) !== 0) return isListed(addressRule(host), target.host);
  const suffix = plainName(host.replace(/^\*?\./, ""));
  const name = plainName(target.host);
  return suffix !== "" && (name === suffix || name.endsWith(`.${suffix}`));
}

function splitPort(entry: string): [host: string, port: number | undefined] {
  // An IPv6 address without brackets is full of colons; none of them begins a port.
  if (isIP(entry.split("/", 1)[0] ?? "") === 6) return [entry, undefined];
  const match = /^(.*):(\d+)$/.exec(entry);
  const host = match?.[1] ?? entry;
  const bare = host.startsWith("[") ? host.replace(/^\[(.*)\]/, "$1") : host;
  return [bare, match === null ? undefined : Number(match[2])];
}

/** The addresses that an entry of NO_PROXY covers; none where it is not an address or subnet. */
function addressRule(entry: string): BlockList {
  const rule = new BlockList();
  const [address = "", prefix, more] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined) return rule;
  const family = version === 6 ? "ipv6" : "ipv4";
  if (prefix === undefined) {
    rule.addAddress(address, family);
  } else if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 6 ? 128 : 32)) {
    rule.addSubnet(address, Number(prefix), family);
  }
  return rule;
}

/** A host name in the form in which two are compared: lower case, no dot at the end. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
