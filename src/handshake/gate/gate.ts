import type { HandshakeFault } from "../../errors.ts";
import { shown } from "../../options/describe.ts";
import { badRequestStatus, listFaults, NO_FAULTS } from "../fault.ts";
import type { RequestHead } from "../request.ts";
import { type CheckedHosts, isHostAllowed } from "./hosts.ts";
import { isOriginAllowed, type OriginRule, type RequestPlace } from "./origin.ts";

/** Why a request to open a WebSocket is refused, and how it is answered. */
export interface GateRefusal {
  /** Stable, see `RefusedHandshake`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** In a sentence, for the peer too. */
  readonly message: string;
  /** What is wrong with the request, empty where that is not why it is refused. */
  readonly faults: readonly HandshakeFault[];
}

/** What a request is judged by before any code of the user's sees it, in this order. */
export interface GateRules {
  /** Whether the server takes new connections. */
  readonly accepting: boolean;
  /** All that is wrong with its form. */
  readonly faults: readonly HandshakeFault[];
  /** Whether there is a route for its path. */
  readonly hasRoute: boolean;
  readonly hosts: CheckedHosts;
  readonly origin: OriginRule;
}

/**
 * Judges a request by all that costs nothing to ask. Only `hosts` and `origin` may be functions of the
 * user's; they come last, and see well-formed requests only.
 *
 * @returns undefined for one that may pass
 * @throws what such a function throws
 */
export function judge(
  head: RequestHead,
  place: RequestPlace,
  rules: GateRules,
): GateRefusal | undefined {
  if (!rules.accepting) return refusal("SHUTTING_DOWN", 503, "the server is shutting down");
  const { faults } = rules;
  if (faults.length > 0) {
    const message = `not a valid WebSocket request: ${listFaults(faults)}`;
    return { code: "BAD_REQUEST", status: badRequestStatus(faults), message, faults };
  }
  if (!isHostAllowed(rules.hosts, place)) {
    // RFC 9110 §7.4, §15.5.20
    return refusal("HOST_REFUSED", 421, `the host ${shown(place.host)} is none of this server's`);
  }
  if (!rules.hasRoute) return refusal("NO_ROUTE", 404, "there is no WebSocket at this path");
  if (isOriginAllowed(rules.origin, head, place)) return undefined;
  const origin = shown(head.fields.get("origin") ?? "");
  const message = `the origin ${origin} is not allowed (RFC 6455 §10.2)`;
  return refusal("ORIGIN_REFUSED", 403, message);
}

function refusal(code: string, status: number, message: string): GateRefusal {
  return { code, status, message, faults: NO_FAULTS };
}
