/**
 * How much a rule asks: a key word of the RFCs, or no rule at all but what an endpoint needs to live.
 * What an RFC states without a key word, as part of an algorithm or of a grammar, counts as MUST
 * (RFC 6455 §2).
 */
export type Strength = "MUST" | "SHOULD" | "MAY" | "robustness";

/** One rule. */
export interface Rule {
  readonly strength: Strength;
  /** Whom the sentence asks for something. */
  readonly binds: "server" | "client" | "both";
  /** RFC and section, more than one where they have to be read together. */
  readonly place: string;
  /** Words to find the sentence by. */
  readonly quote?: string;
  /** What it asks of the endpoint that is tested, in a sentence. */
  readonly says: string;
}
