/** What a load is to be. */

import type { DialingPlan } from "../dialing/options.ts";
import type { MessageKind } from "./messages.ts";

/** A load, as the command line has it. Times are in milliseconds. */
export interface LoadPlan {
  readonly dialing: DialingPlan;
  readonly connections: number;
  /** Messages in a second, of all connections together; `"max"` for one as each comes back. */
  readonly rate: number | "max";
  /** Most messages under way on a connection. */
  readonly depth: number;
  readonly message: MessageKind;
  /** Messages of the server to pass over on each connection, before anything is sent. */
  readonly skip: number;
  readonly warmUp: number;
  readonly duration: number;
  /** How long the last answers are waited for. */
  readonly patience: number;
  readonly json: boolean;
}
