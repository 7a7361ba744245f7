import type { LoadResult } from "../load/job.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** What a run found; the JSON report is this. */

/** Memory in bytes: per idle connection, or of a process that has worked. */
export interface MemoryResult {
  /** Resident memory of the whole process. */
  readonly rss: number;
  /** JavaScript heap and what belongs to it outside (buffers), after garbage collection. */
  readonly heap: number;
  /** The most resident memory that the process has had; only where it has worked. */
  readonly peak?: number;
}

/** One peer in one scenario. */
export interface PeerResult {
  readonly peer: string;
  /** One per round, null for a round that failed. */
  readonly rounds: readonly (LoadResult | null)[];
  /** The same, where memory is weighed. */
  readonly memory: readonly (MemoryResult | null)[];
  /** Why it could not run, or stopped running. */
  readonly failure?: string;
}

/** One scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly peers: readonly PeerResult[];
}

/** Where and how a run took place. */
export interface Circumstances {
  readonly date: string;
  readonly command: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memory: number;
    readonly system: string;
  };
  /** Which core each process was kept on, in words. */
  readonly pinning: string;
  /** Runtime of the load generator, with its version. */
  readonly load: string;
  /** Version of each peer and of what it runs on. */
  readonly versions: { readonly node: string } & Readonly<Record<string, string>>;
  /** What each peer makes of text. */
  readonly text: Readonly<Record<string, string>>;
  /** State of the repository: commit, and whether files differ from it. */
  readonly commit: string;
  readonly seconds: number;
  readonly rounds: number;
  /** Time that the whole run took, in seconds. */
  readonly took: number;
}

/** A whole run. */
export interface Results {
  readonly circumstances: Circumstances;
  readonly scenarios: readonly ScenarioResult[];
}
