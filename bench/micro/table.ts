import { threeDigits } from "../report/format.ts";
import { alignColumns } from "../report/table.ts";

/** What mitata returns; its types leave out the groups. */
interface MicroResults {
  readonly layout: readonly { readonly name: string | null }[];
  readonly benchmarks: readonly {
    readonly group: number;
    readonly alias: string;
    readonly runs: readonly { readonly stats?: { readonly min: number; readonly p50: number } }[];
  }[];
}

/** Prints a line for each group of micro-benchmarks: the least and the median time of each, in ns. */
export function printTable({ benchmarks, layout }: MicroResults): void {
  const groups = new Map<number, Map<string, string>>();
  for (const { group, alias, runs } of benchmarks) {
    const { stats } = runs[0]!;
    const cell =
      stats === undefined ? "failed" : `${threeDigits(stats.min)} / ${threeDigits(stats.p50)}`;
    const row = groups.get(group) ?? new Map<string, string>();
    groups.set(group, row.set(alias, cell));
  }
  console.log(`Node ${process.versions.node}; ns, the least / the median`);
  for (const [names, rows] of byNames(groups)) {
    const head = ["", ...names];
    const lines = rows.map(([group, row]) => [
      layout[group]?.name ?? "",
      ...names.map((name) => row.get(name) ?? ""),
    ]);
    console.log(`${alignColumns([head, ...lines])}\n`);
  }
}

/** Groups with the same benchmarks are one table. */
function byNames(
  groups: ReadonlyMap<number, ReadonlyMap<string, string>>,
): [string[], (readonly [number, ReadonlyMap<string, string>])[]][] {
  const tables = new Map<string, (readonly [number, ReadonlyMap<string, string>])[]>();
  for (const each of groups) {
    const key = JSON.stringify([...each[1].keys()]);
    tables.set(key, [...(tables.get(key) ?? []), each]);
  }
  return [...tables].map(([key, rows]) => [JSON.parse(key) as string[], rows]);
}
