/** What a report says of the run that it is of. */
import type { Role } from "../case.ts";

/** One run of the suite. */
export interface RunInfo {
  /** Version of the suite. */
  readonly version: string;
  /** When it began, in ISO 8601. */
  readonly began: string;
  /** What was tested. */
  readonly role: Role;
  /** Names of the testees, each with its URL; clients have none. */
  readonly testees: readonly { readonly agent: string; readonly url?: string }[];
  /** The options of the run, as they were given. */
  readonly options: readonly string[];
  /** Whether NON-STRICT and unclean closes count as failed. */
  readonly strict: boolean;
  /** Why cases are missing; `""` where none is. */
  readonly partial: string;
}
