import { ArgumentError } from "../errors.ts";
import { decision, describe } from "../options/describe.ts";
import { parseAuthority } from "./authority.ts";
import type { RequestHead } from "./request.ts";

/**
 * Which origins may connect (RFC 6455 §10.2): only the server's own, all, those of a list
 * (`"https://example.com"`: scheme, host and port, no path), or those that a function returns true
 * for. A request without Origin does not come from a browser's page and passes in any case.
 */
export type OriginRule =
  | "same-origin"
  | "*"
  | readonly string[]
  | ((origin: string, head: RequestHead) => boolean);

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
 * @param host the Host field of the request
 * @param secure whether the connection is TLS; behind a proxy that ends TLS, whether the client's is
 */
export function isSameOrigin(origin: string, host: string, secure: boolean): boolean {
  const expected = `${secure ? "https" : "http"}://${host}`;
  // The common case, letter for letter, is all but free.
  if (origin === expected) return parseAuthority(host) !== undefined;
  const own = canonicalOrigin(expected);
  return own !== undefined && own === canonicalOrigin(origin);
}

/**
 * Checks a rule that a user has given.
 *
 * @returns the rule in the form that {@link isOriginAllowed} takes: a list's entries made canonical
 * @throws ArgumentError where it is no rule, or an entry of a list is no origin
 */
export function checkOriginRule(rule: unknown): OriginRule {
  if (rule === "*" || rule === "same-origin") return rule;
  if (typeof rule === "function") return rule as OriginRule;
  if (!Array.isArray(rule)) {
    throw new ArgumentError(
      `the origin rule is ${describe(rule)}, expected "same-origin", "*", a list of origins or a function`,
    );
  }
  return rule.map((entry: unknown, index) => {
    const origin = typeof entry === "string" ? canonicalOrigin(entry) : undefined;
    if (origin !== undefined) return origin;
    throw new ArgumentError(
      `origin[${index}] is no origin, expected scheme, host and port without a path, as "https://example.com"`,
    );
  });
}

/**
 * Whether the request passes the rule. More than one Origin field never does, unless all may.
 *
 * @param rule as {@link checkOriginRule} returns it
 * @param secure see {@link isSameOrigin}
 * @throws ArgumentError where a function returns anything but a boolean, a promise for example
 */
export function isOriginAllowed(rule: OriginRule, head: RequestHead, secure: boolean): boolean {
  const origin = head.fields.get("origin");
  if (origin === undefined || rule === "*") return true;
  if (head.fields.count("origin") > 1) return false;
  if (rule === "same-origin") return isSameOrigin(origin, head.fields.get("host") ?? "", secure);
  if (typeof rule !== "function") {
    const canonical = canonicalOrigin(origin);
    return canonical !== undefined && rule.includes(canonical);
  }
  return decision("the origin function", rule(origin, head));
}
