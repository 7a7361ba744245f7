import { ArgumentError } from "../../errors.ts";
import { decision, describe } from "../../options/describe.ts";
import { parseAuthority } from "../authority.ts";
import type { RequestHead } from "../request.ts";

/**
 * Which origins may connect (RFC 6455 §10.2): only the server's own, all, those of a list
 * (`"https://example.com"`: scheme, host and port, no path; `"same-origin"` may stand among them), or
 * those that a function returns true for. A request without Origin does not come from a browser's page
 * and passes in any case.
 */
export type OriginRule =
  | "same-origin"
  | "*"
  | readonly string[]
  | ((origin: string, head: RequestHead) => boolean);

/** Where a request was sent to, as its client sees it. */
export interface RequestPlace {
  /** Host and port, as in the Host field. */
  readonly host: string;
  /** Whether by TLS; undefined where a proxy has ended it and does not say. */
  readonly secure: boolean | undefined;
}

const SAME_ORIGIN = "same-origin";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/**
 * An origin in its one canonical form (RFC 6454 §6.2): scheme and host in lower case, no default
 * port. `"null"` and `"file://"`, which browsers send for pages without an origin, stay as they
 * are. Undefined for what is no origin.
 */
function canonicalOrigin(text: string): string | undefined {
  if (text === "null" || text === "file://") return text;
  const separator = text.indexOf("://");
  const scheme = text.slice(0, Math.max(separator, 0)).toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return undefined;
  const authority = parseAuthority(text.slice(separator + 3));
  if (authority === undefined) return undefined;
  const { host, port } = authority;
  return port === undefined || port === DEFAULT_PORTS[scheme]
    ? `${scheme}://${host}`
    : `${scheme}://${host}:${port}`;
}

/**
 * Whether a page of `origin` comes from the server it connects to: same scheme (http for ws, https
 * for wss), same host in any case, same port. False for `"null"` and for whatever is malformed.
 *
 * @param secure whether the client's connection is TLS; undefined lets both schemes pass
 */
export function isSameOrigin(origin: string, host: string, secure: boolean | undefined): boolean {
  const expected = `${schemeOf(origin, secure)}://${host}`;
  // The common case, letter for letter, is all but free.
  if (origin === expected) return parseAuthority(host) !== undefined;
  const own = canonicalOrigin(expected);
  return own !== undefined && own === canonicalOrigin(origin);
}

function schemeOf(origin: string, secure: boolean | undefined): "http" | "https" {
  return (secure ?? /^https:/i.test(origin)) ? "https" : "http";
}

/**
 * Checks a rule that a user has given.
 *
 * @returns the rule in the form that {@link isOriginAllowed} takes: a list's entries made canonical
 * @throws ArgumentError where it is no rule, or an entry of a list is no origin
 */
export function checkOriginRule(rule: unknown): OriginRule {
  if (rule === "*" || rule === SAME_ORIGIN) return rule;
  if (typeof rule === "function") return rule as OriginRule;
  if (!Array.isArray(rule)) {
    throw new ArgumentError(
      `the origin rule is ${describe(rule)}, expected "same-origin", "*", a list of origins or a function`,
    );
  }
  return rule.map((entry: unknown, index) => {
    if (entry === SAME_ORIGIN) return entry;
    // One slash behind it is how addresses are copied, and means nothing.
    const origin = typeof entry === "string" ? canonicalOrigin(withoutSlash(entry)) : undefined;
    if (origin !== undefined) return origin;
    throw new ArgumentError(
      `origin[${index}] is no origin, expected scheme, host and port without a path, as "https://example.com"`,
    );
  });
}

function withoutSlash(entry: string): string {
  return /[^/]\/$/.test(entry) || entry === "file:///" ? entry.slice(0, -1) : entry;
}

/**
 * Whether the request passes the rule. More than one Origin field never does, unless all may.
 *
 * @param rule as {@link checkOriginRule} returns it
 * @throws ArgumentError where a function returns anything but a boolean, a promise for example
 */
export function isOriginAllowed(rule: OriginRule, head: RequestHead, place: RequestPlace): boolean {
  const origin = head.fields.get("origin");
  if (origin === undefined || rule === "*") return true;
  if (head.fields.count("origin") > 1) return false;
  if (rule === SAME_ORIGIN) return isSameOrigin(origin, place.host, place.secure);
  if (typeof rule === "function") return decision("the origin function", rule(origin, head));
  const canonical = canonicalOrigin(origin);
  if (canonical !== undefined && rule.includes(canonical)) return true;
  return rule.includes(SAME_ORIGIN) && isSameOrigin(origin, place.host, place.secure);
}
