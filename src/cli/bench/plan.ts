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
  /** Processes that share the load. */
  readonly processes: number;
  /** When the first message is due, behind the beginning. */
  readonly phase: number;
  readonly json: boolean;
}

/** The part of a load for each of its processes: connections, and messages in proportion. */
export function sharesOf(plan: LoadPlan): LoadPlan[] {
  const { connections, rate, processes } = plan;
  return Array.from({ length: processes }, (_, index) => {
    const own = Math.floor((connections + index) / processes);
    return {
      ...plan,
      connections: own,
      rate: rate === "max" ? rate : (rate * own) / connections,
      phase: rate === "max" ? 0 : (index * 1000) / rate,
      processes: 1,
    };
  });
}
