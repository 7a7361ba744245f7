/** One look at the processes of a soak. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  readonly server: ProcessSample;
  readonly clients: ProcessSample;
  /** Connections that the server has. */
  readonly connections: number;
  /** The slowest echo since the last look, in ms. */
  readonly slowest: number;
}

/** What was seen of a process; memory in bytes. */
export interface ProcessSample {
  readonly resident: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly descriptors: number;
  readonly timers: number;
}

/** How something has changed from the beginning to the end, and by how much it may. */
export interface Trend {
  readonly name: string;
  readonly unit: "bytes" | "count";
  /** Medians of the first and of the last quarter of the time behind the first tenth. */
  readonly first: number;
  readonly last: number;
  /** The most that the last may be above the first. */
  readonly allowed: number;
}

const MIB = 1024 * 1024;

/** What is to be flat: by how much of itself, and of anything, it may differ. */
const FLAT: readonly {
  readonly name: keyof ProcessSample;
  readonly unit: Trend["unit"];
  readonly share: number;
  readonly slack: number;
}[] = [
  { name: "resident", unit: "bytes", share: 0.1, slack: 16 * MIB },
  { name: "heapUsed", unit: "bytes", share: 0.05, slack: 2 * MIB },
  { name: "external", unit: "bytes", share: 0.1, slack: 8 * MIB },
  { name: "descriptors", unit: "count", share: 0.05, slack: 50 },
  { name: "timers", unit: "count", share: 0.05, slack: 50 },
];

/** How a soak has gone, from samples that are as far from one another as may be. */
export function trends(samples: readonly Sample[]): Trend[] {
  const settled = samples.slice(Math.ceil(samples.length / 10));
  const quarter = Math.max(1, Math.floor(settled.length / 4));
  const first = settled.slice(0, quarter);
  const last = settled.slice(-quarter);
  return (["server", "clients"] as const).flatMap((side) =>
    FLAT.map(({ name, unit, share, slack }) => {
      const of = (some: readonly Sample[]) => median(some.map((sample) => sample[side][name]));
      const begun = of(first);
      const allowed = begun * share + slack;
      return { name: `${side}: ${name}`, unit, first: begun, last: of(last), allowed };
    }),
  );
}

/** Whether something has not grown by more than it may. */
export function isFlat({ first, last, allowed }: Trend): boolean {
  return last - first <= allowed;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
