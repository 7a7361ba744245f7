import { basename } from "node:path";
import { formatShare } from "./format.ts";
import { alignColumns } from "./table.ts";

/** What is read of a CPU profile, as `node --cpu-prof` writes it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** µs between one sample and the next. */
  readonly timeDeltas: readonly number[];
}

/** Time at which the process had nothing to do. */
const IDLE = "(idle)";

/** The functions that took the most time by themselves, as lines; shares are of the time at work. */
export function hotFunctions({ nodes, samples, timeDeltas }: CpuProfile, most: number): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? "?";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  });
  times.delete(IDLE);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const hottest = [...times].sort(([, a], [, b]) => b - a).slice(0, most);
  return alignColumns(hottest.map(([name, time]) => [name, formatShare(time / total)]));
}

function nameOf(frame: CpuProfile["nodes"][0]["callFrame"]): string {
  const name = frame.functionName || "(anonymous)";
  if (frame.url === "") return name;
  return `${name} ${basename(frame.url)}:${frame.lineNumber + 1}`;
}
