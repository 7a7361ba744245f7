import type { StartOptions } from "../peers.ts";
import type { Cores } from "./cores.ts";
import type { Load } from "./load.ts";

/** What all measurements of a run have in common. */
export interface Run {
  readonly load: Load;
  readonly cores: Cores;
  readonly start: StartOptions;
  readonly tls: { readonly key: string; readonly cert: string };
  /** Time measured per round, in seconds. */
  readonly seconds: number;
  readonly rounds: number;
  /** Hears of each step before it is taken. */
  readonly progress: (step: string) => void;
}
