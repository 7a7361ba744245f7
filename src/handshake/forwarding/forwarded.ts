import { isIP } from "node:net";
import { parseAuthority } from "../authority.ts";
import type { Fields } from "../fields.ts";
import { isToken, listItems, trimmed } from "../token.ts";

/** In which fields proxies say for whom they speak. */
export type ForwardingFields = "x-forwarded" | "forwarded";

/** What one proxy says of the request that it has received. */
export interface ForwardedHop {
  /** From which address; undefined where it does not say, or hides it. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Whether by TLS; undefined where it does not say. */
  readonly secure: boolean | undefined;
  /** For which host, as in a Host field; undefined where it does not say. */
  readonly host: string | undefined;
}

/**
 * What the proxies in front of this server say, the nearest one first. Nothing in it is proven: each has
 * passed on what it got from the one before it, and anybody can begin such a list.
 */
export function forwardedHops(fields: Fields, by: ForwardingFields): ForwardedHop[] {
  return by === "forwarded" ? standardHops(fields) : usualHops(fields);
}

/** `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`, which no standard describes. */
function usualHops(fields: Fields): ForwardedHop[] {
  const all = (name: string) => listItems(fields.get(`x-forwarded-${name}`) ?? "").reverse();
  const [nodes, schemes, hosts, ports] = [all("for"), all("proto"), all("host"), all("port")];
  const count = Math.max(nodes.length, Math.min(schemes.length + hosts.length, 1));
  return Array.from({ length: count }, (_, i) => ({
    ...nodeOf(nodes[i] ?? ""),
    secure: isSecure(ofHop(schemes, i)),
    host: hostOf(ofHop(hosts, i), ofHop(ports, i)),
  }));
}

/** Where fewer proxies have said something than there are, as most set a field in place of what was there. */
function ofHop(items: readonly string[], i: number): string | undefined {
  return items[Math.min(i, items.length - 1)];
}

/** RFC 7239. */
function standardHops(fields: Fields): ForwardedHop[] {
  return elementsOf(fields.get("forwarded") ?? "")
    .reverse()
    .map((pairs) => ({
      ...nodeOf(pairs.get("for") ?? ""),
      secure: isSecure(pairs.get("proto")),
      host: hostOf(pairs.get("host"), undefined),
    }));
}

/** RFC 7239 §4: elements between commas, pairs between semicolons, values that may be quoted. */
function elementsOf(value: string): Map<string, string>[] {
  // No two ways to match anything, so it takes one pass over whatever a client has sent.
  const part = /([^;,"]*(?:"(?:[^"\\]|\\.)*"[^;,"]*)*)([;,]|$)/gy;
  const elements: Map<string, string>[] = [];
  let pairs = new Map<string, string>();
  for (const [all, text = "", end] of value.matchAll(part)) {
    const equals = text.indexOf("=");
    const name = trimmed(text, 0, Math.max(equals, 0)).toLowerCase();
    if (isToken(name) && !pairs.has(name)) pairs.set(name, unquoted(trimmed(text, equals + 1)));
    if (end === ";") continue;
    if (pairs.size > 0) elements.push(pairs);
    pairs = new Map();
    if (all === "") break;
  }
  return elements;
}

function unquoted(value: string): string {
  if (!value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}

/** An address, which may have a port behind it and, of IPv6, brackets around it (RFC 7239 §6). */
function nodeOf(text: string): Pick<ForwardedHop, "address" | "port"> {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::([0-9]{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? text;
  if (isIP(address) === 0) return { address: undefined, port: undefined };
  return { address, port: match?.[3] === undefined ? undefined : Number(match[3]) };
}

function isSecure(scheme: string | undefined): boolean | undefined {
  const lowercase = scheme?.toLowerCase();
  if (lowercase === "https" || lowercase === "wss") return true;
  return lowercase === "http" || lowercase === "ws" ? false : undefined;
}

function hostOf(host: string | undefined, port: string | undefined): string | undefined {
  const authority = host === undefined ? undefined : parseAuthority(host);
  if (authority === undefined) return undefined;
  if (authority.port !== undefined || port === undefined || !/^[0-9]{1,5}$/.test(port)) return host;
  return `${authority.host}:${Number(port)}`;
}
