/** Targets that a proxy of the environment is not for: loopback ones, and those that NO_PROXY names. */

import { BlockList, isIP } from "node:net";

/** What the choice of a proxy looks at in the destination. */
export interface ProxyTarget {
  readonly secure: boolean;
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether a host is this machine itself. */
export function isLoopback(host: string): boolean {
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
