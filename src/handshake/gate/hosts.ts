import { isIPv4 } from "node:net";
import { ArgumentError } from "../../errors.ts";
import { decision, describe } from "../../options/describe.ts";
import { type Authority, parseAuthority } from "../authority.ts";
import type { RequestPlace } from "./origin.ts";

/**
 * Which hosts a server answers for: `"*"` for all, those of a list, or those that a function returns true
 * for. An entry of a list is a name or an address, for one port or for all of them (`"example.com"`,
 * `"example.com:8443"`, `"[::1]"`), `"*.example.com"` for all names below one, or `"ip-address"` for every
 * IP address.
 */
export type HostRule = "*" | readonly string[] | ((host: string) => boolean);

/** A rule that was checked, see {@link checkHostRule}. */
export type CheckedHosts = "*" | readonly HostEntry[] | ((host: string) => boolean);

/** An entry of a list. */
interface HostEntry {
  /** In lower case; behind `*.` where {@link kind} is "below". */
  readonly name: string;
  readonly kind: "equal" | "below" | "any address";
  /** Undefined for every port. */
  readonly port: number | undefined;
}

/**
 * Checks a rule that a user has given.
 *
 * @throws ArgumentError where it is no rule, or an entry of a list is no host
 */
export function checkHostRule(rule: unknown): CheckedHosts {
  if (rule === "*") return rule;
  if (typeof rule === "function") return rule as (host: string) => boolean;
  if (Array.isArray(rule)) return rule.map((entry, index) => checkEntry(entry, index));
  throw new ArgumentError(
    `hosts is ${describe(rule)}, expected "*", a list of hosts or a function`,
  );
}

function checkEntry(entry: unknown, index: number): HostEntry {
  if (entry === "ip-address") return { name: "", kind: "any address", port: undefined };
  const text = typeof entry === "string" ? entry : "";
  const kind = text.startsWith("*.") ? "below" : "equal";
  const authority = parseAuthority(kind === "below" ? text.slice(2) : text);
  if (authority !== undefined && !text.slice(2).includes("*") && text !== "*") {
    return { name: withoutDot(authority.host), kind, port: authority.port };
  }
  throw new ArgumentError(
    `hosts[${index}] is no host, expected a name or an address as in the Host field, such as "example.com", ` +
      `"localhost:8199" or "[::1]", or "*.example.com", or "ip-address"`,
  );
}

/**
 * Whether the rule lets a request for this place pass. A malformed host never passes, unless all may.
 *
 * @throws ArgumentError where a function returns anything but a boolean
 */
export function isHostAllowed(rule: CheckedHosts, place: RequestPlace): boolean {
  if (rule === "*") return true;
  const authority = parseAuthority(place.host);
  if (authority === undefined) return false;
  if (typeof rule === "function") return decision("the hosts function", rule(place.host));
  return rule.some((entry) => isName(entry, authority) && isPort(entry, authority, place.secure));
}

function isName({ name, kind }: HostEntry, authority: Authority): boolean {
  const given = withoutDot(authority.host);
  if (kind === "equal") return given === name;
  if (kind === "below") return given.endsWith(`.${name}`);
  return given.startsWith("[") || isIPv4(given);
}

/** Browsers leave out the port that is usual. */
function isPort({ port }: HostEntry, given: Authority, secure: boolean | undefined): boolean {
  if (port === undefined || port === given.port) return true;
  if (given.port !== undefined) return false;
  return (secure !== false && port === 443) || (secure !== true && port === 80);
}

/** A name may end with the dot of the root, and means the same. */
function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
