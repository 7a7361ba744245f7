/** Redirects: where they lead, whether that is followed, and what goes along. */

import type { ResponseHead } from "../handshake/client.ts";
import { shown } from "../options/describe.ts";
import { headerPairs } from "./fields.ts";
import type { ClientTlsOptions, ConnectOptions } from "./options.ts";
import { parseTarget, type Target } from "./target.ts";

// RFC 9110 §15.4: those with a Location that are followed by the same request. That is a GET here, which
// 303 makes of any other.
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** How redirects are dealt with. */
export interface RedirectRules {
  readonly maxRedirects: number;
  readonly insecureRedirects: boolean;
}

/** What a redirect leads to, or why it is not followed. */
export type Redirect =
  | { readonly to: Target; readonly sameOrigin: boolean }
  | { readonly to: undefined; readonly why: string };

/**
 * Judges a response that is not 101.
 *
 * @param taken redirects that were followed before
 * @returns undefined where it is no redirect
 */
export function judgeRedirect(
  { status, fields }: ResponseHead,
  from: Target,
  taken: number,
  rules: RedirectRules,
): Redirect | undefined {
  const location = fields.get("location");
  if (location === undefined || !REDIRECTS.has(status)) return undefined;
  const not = (why: string): Redirect => ({
    to: undefined,
    why: `Location is ${shownPlace(location)}, which is not followed: ${why}`,
  });
  if (taken >= rules.maxRedirects) return not(`maxRedirects is ${rules.maxRedirects}`);
  const url = resolve(location, from);
  if (url === undefined) return not("it is no URL");
  // RFC 9110 §10.2.2 has fragments here, RFC 6455 §3 has none in what is asked for.
  url.hash = "";
  if (!/^(ws|http)s?:$/.test(url.protocol)) return not("it has another scheme");
  if (url.username !== "" || url.password !== "") return not("it has a user name or password");
  const to = parseTarget(url);
  if (from.secure && !to.secure && !rules.insecureRedirects) {
    return not("it leads from wss: to ws: (insecureRedirects)");
  }
  const sameOrigin = to.secure === from.secure && to.authority === from.authority;
  if (sameOrigin) return { to: { ...from, resource: to.resource }, sameOrigin };
  return from.socketPath === undefined ? { to, sameOrigin } : not("it leads off the Unix socket");
}

/** Where a redirect leads, for a message: without user name, password and query. */
function shownPlace(location: string): string {
  return shown(location.replace(/[?#].*/s, "").replace(/\/\/[^/]*@/, "//"));
}

function resolve(location: string, from: Target): URL | undefined {
  const base = `${from.secure ? "wss" : "ws"}://${from.authority}${from.resource}`;
  try {
    return new URL(location, base);
  } catch {
    return undefined;
  }
}

/** The options of TLS that prove who the client is, or hold for one server alone. */
const OWN_TLS = [
  "cert",
  "key",
  "pfx",
  "passphrase",
  "secureContext",
  "session",
  "pskCallback",
  "clientCertEngine",
  "privateKeyEngine",
  "privateKeyIdentifier",
  "servername",
  "checkServerIdentity",
] as const satisfies readonly (keyof ClientTlsOptions)[];

/** Header fields that say nothing but which program asks. */
const HARMLESS = new Set(["user-agent"]);

/**
 * The options for another origin than the one that they were given for. The caller trusts that one with
 * its secrets, and it must not be able to send them elsewhere. Any header may hold one (`X-Api-Key`).
 */
export function forOtherOrigin(options: ConnectOptions): ConnectOptions {
  const { cookies, headers = {}, tls = {}, ...others } = options;
  const harmless = headerPairs("headers", headers).filter(([name]) =>
    HARMLESS.has(name.toLowerCase()),
  );
  const own: readonly string[] = OWN_TLS;
  const entries = Object.entries(tls).filter(([name]) => !own.includes(name));
  return { ...others, headers: harmless, tls: Object.fromEntries(entries) };
}
