/** Who may connect to `--listen`, and how their request is answered. */

import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { UpgradeRequest } from "../../../index.ts";
import type { Field } from "../../dialing/fields.ts";

/** What a request must have, and what its answer has. */
export interface AdmissionRules {
  /** The name under `--listen`, which requests may be for besides addresses and `localhost`. */
  readonly host: string | undefined;
  /** The Authorization that is wanted, undefined for none. */
  readonly authorization: string | undefined;
  /** Subprotocols that may be agreed upon, best first. */
  readonly subprotocols: readonly string[];
  /** Fields of the answer. */
  readonly fields: readonly Field[];
}

/**
 * Refuses a request that is not to be let in.
 *
 * @returns why it was refused; undefined where it may go on
 */
export function refusalOf(request: UpgradeRequest, rules: AdmissionRules): string | undefined {
  const host = request.headers.get("host") ?? "";
  if (!isOwnHost(host, rules.host)) {
    // A page may have a name of its own lead here (DNS rebinding), and counts as same-origin then.
    request.reject(403, { body: "The Host field names another host than this one.\n" });
    return `it was for the host ${host}`;
  }
  const given = request.headers.get("authorization") ?? "";
  if (rules.authorization === undefined || isSame(given, rules.authorization)) return undefined;
  request.reject(401, { headers: { "WWW-Authenticate": 'Basic realm="barewire"' } });
  return given === "" ? "it had no credentials" : "its credentials were wrong";
}

function isOwnHost(host: string, own: string | undefined): boolean {
  const name = host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost") || name === own;
}

/** Compared in a time that tells nothing about them. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** What `request.upgrade()` is to be given. */
export function acceptance(
  request: UpgradeRequest,
  { subprotocols, fields }: AdmissionRules,
): { protocol?: string; headers: Record<string, string[]> } {
  const offered = request.protocols;
  const protocol = subprotocols.find((name) => offered.includes(name));
  const headers: Record<string, string[]> = Object.create(null);
  for (const [name, value] of fields) {
    headers[name] ??= [];
    headers[name].push(value);
  }
  return { headers, ...(protocol === undefined ? {} : { protocol }) };
}
