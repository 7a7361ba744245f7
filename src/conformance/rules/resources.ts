/** What no rule asks, and an endpoint needs to live (RFC 6455 §10.4). */
import type { Rule } from "./rule.ts";

/** Rules on resources. */
export const RESOURCE_RULES = {
  livesOn: {
    strength: "robustness",
    binds: "both",
    place: "RFC 6455 §10.4",
    quote: "a malicious endpoint can try to exhaust its peer's memory",
    says: "Whatever becomes of the connection, the testee lives on and serves another.",
  },
  limits: {
    strength: "MAY",
    binds: "both",
    place: "RFC 6455 §10.4",
    quote: "SHOULD impose a limit on frame sizes",
    says: "An endpoint may have limits, and need not.",
  },
} as const satisfies Readonly<Record<string, Rule>>;
