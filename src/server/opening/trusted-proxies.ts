import type { Duplex } from "node:stream";
import type { ForwardedFacts } from "../../connection/request-info.ts";
import { ArgumentError } from "../../errors.ts";
import type { Fields } from "../../handshake/fields.ts";
import { type ForwardingFields, forwardedHops } from "../../handshake/forwarding/forwarded.ts";
import { checkChoice, checkOptionNames, isOptionsObject } from "../../options/checks.ts";
import { describe } from "../../options/describe.ts";
import { isEncrypted, type PeerFacts } from "../../socket/peer-facts.ts";
import { AddressList } from "../listening/address-list.ts";

/** Which proxies are believed, see `trustProxy` of the server's options. */
export type TrustProxy = boolean | number | readonly string[];

/** Which proxies are believed, and by which fields. */
export interface TrustProxyOptions {
  /** As `trustProxy` of the server's options. */
  readonly proxies: TrustProxy;
  /**
   * The fields that they set: `"x-forwarded"` (default), or `"forwarded"` for the field `Forwarded` of RFC
   * 7239. Only these are read: a proxy lets the others pass as its client wrote them.
   */
  readonly fields?: ForwardingFields;
}

/** Which proxies are believed, as it was checked. */
export interface TrustedProxies {
  /** How many there are in front of this server, or their addresses. */
  readonly which: number | AddressList;
  /** In which fields they say for whom they speak. */
  readonly fields: ForwardingFields;
}

/**
 * Checks the option `trustProxy`.
 *
 * @returns undefined where no proxy is believed
 * @throws ArgumentError
 */
export function checkTrust(given: unknown): TrustedProxies | undefined {
  if (!isOptionsObject(given)) return trusted(given, "x-forwarded");
  checkOptionNames("trustProxy", given, ["proxies", "fields"]);
  const { proxies, fields = "x-forwarded" } = given as Partial<TrustProxyOptions>;
  return trusted(
    proxies,
    checkChoice("fields of trustProxy", fields, ["x-forwarded", "forwarded"]),
  );
}

function trusted(which: unknown, fields: ForwardingFields): TrustedProxies | undefined {
  if (which === false || which === 0) return undefined;
  if (which === true) return { which: 1, fields };
  if (typeof which === "number" && Number.isInteger(which) && which > 0) return { which, fields };
  if (Array.isArray(which)) return { which: new AddressList("trustProxy", which), fields };
  throw new ArgumentError(
    `trustProxy is true, false, a number of proxies or a list of their addresses; got ${describe(which)}`,
  );
}

/** Whether the peer at an address (undefined for a Unix socket) is a proxy that is believed. */
export function isTrusted({ which }: TrustedProxies, address: string | undefined): boolean {
  return typeof which === "number" ? which > 0 : which.has(address);
}

/**
 * What the proxies in front of this server say of a request: from this server outwards, as long as who says
 * it is believed. An address that none of them knows ends it there.
 *
 * @param peer who has connected, which must be a proxy that {@link isTrusted}
 */
export function forwardedFacts(
  { which, fields: by }: TrustedProxies,
  fields: Fields,
  stream: Duplex,
  peer: PeerFacts,
): ForwardedFacts {
  // A proxy that does not say may have ended TLS, and speaks TLS itself only where its client does.
  const secure = peer.secure || isEncrypted(stream) ? true : undefined;
  let facts: ForwardedFacts = { host: undefined, ...peer, secure };
  for (const [i, hop] of forwardedHops(fields, by).entries()) {
    facts = { ...facts, secure: hop.secure ?? facts.secure, host: hop.host ?? facts.host };
    if (hop.address === undefined) break;
    facts = { ...facts, remoteAddress: hop.address, remotePort: hop.port };
    const isProxy = typeof which === "number" ? i + 1 < which : which.has(hop.address);
    if (!isProxy) break;
  }
  return facts;
}
