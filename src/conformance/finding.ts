/** The verdict on what the testee did. */
export type Behavior = "OK" | "NON-STRICT" | "INFORMATIONAL" | "UNIMPLEMENTED" | "FAILED";

/** What a probe found. */
export interface Finding {
  readonly behavior: Behavior;
  /** Why, in a sentence. */
  readonly result: string;
}
