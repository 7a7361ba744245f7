import { nameOf } from "../peers.ts";
import { isWeighed, type Scenario } from "../scenarios/scenario.ts";
import {
  formatBytes,
  formatFigure,
  formatMilliseconds,
  formatRatio,
  formatShare,
  threeDigits,
} from "./format.ts";
import type { ScenarioResult } from "./results.ts";
import { type Row, summarize } from "./summary.ts";

/** What stands in the table of a scenario. */

/** Headings and cells of a table. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A column of a scenario's table: it is there if any peer has something in it. */
interface Column {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Whether a peer has something in it; always by default. */
  readonly has?: (row: Row) => boolean;
}

const NAME: Column = { head: "", cell: (row) => nameOf(row.peer) };
const SPREAD: Column = { head: "±", cell: (row) => formatShare(row.spread) };
const TO_OTHERS: readonly Column[] = [
  { head: "× ws", cell: (row) => formatRatio(row.toWs) },
  { head: "× net", cell: (row) => formatRatio(row.toNet) },
];

const WEIGHED: readonly Column[] = [
  NAME,
  { head: "resident", cell: (row) => bytes(row.value) },
  SPREAD,
  ...TO_OTHERS,
  { head: "heap", cell: (row) => bytes(row.heap) },
  { head: "most resident", cell: (row) => bytes(row.peak), has: (row) => row.peak !== undefined },
];

const COST: readonly Column[] = [
  { head: "CPU µs each", cell: (row) => threeDigits(row.serverMicros) },
  { head: "in kernel", cell: (row) => threeDigits(row.systemMicros) },
  { head: "server CPU", cell: (row) => formatShare(row.serverShare) },
  { head: "load CPU", cell: (row) => formatShare(row.loadShare) },
];

const LATENCY: readonly Column[] = (["p50", "p99", "p999"] as const).map((name) => ({
  head: `${name.replace("p999", "p99.9")} µs`,
  cell: ({ latency }) => threeDigits(latency?.[name] ?? Number.NaN),
  has: ({ latency }) => latency !== undefined,
}));

const LOOP: readonly Column[] = (
  [
    ["loop delay p99", (loop) => formatMilliseconds(loop?.p99, 1)],
    ["longest", (loop) => formatMilliseconds(loop?.longest, 1)],
    ["loop busy", (loop) => formatShare(loop?.busy ?? Number.NaN)],
    ["GC", (loop) => formatShare(loop?.collecting ?? Number.NaN)],
    ["longest", (loop) => formatMilliseconds(loop?.longestCollection, 1)],
  ] as const satisfies readonly [string, (loop: Row["loopDelay"]) => string][]
).map(([head, cell]) => ({
  head,
  cell: ({ loopDelay }) => cell(loopDelay),
  has: ({ loopDelay }) => loopDelay !== undefined,
}));

const TURNS: readonly Column[] = (["turnP99", "longestTurn"] as const).map((name) => ({
  head: name === "turnP99" ? "CPU of a turn p99" : "longest",
  cell: ({ loopDelay }) => formatMilliseconds(loopDelay?.[name], 2),
  has: ({ loopDelay }) => loopDelay?.turnP99 !== undefined,
}));

/** Where messages are sent by the clock their number says nothing, and neither do ratios of it. */
function byTheClock(unit: string): readonly Column[] {
  return [
    NAME,
    { head: `${unit}/s sent`, cell: (row) => formatFigure(row.value) },
    ...LATENCY,
    { head: "sent late p99 µs", cell: ({ late }) => threeDigits(late?.p99 ?? Number.NaN) },
    ...COST,
  ];
}

function asFastAsCanBe(unit: string): readonly Column[] {
  return [
    NAME,
    {
      head: `${unit}/s`,
      cell: (row) => formatFigure(row.value) + (row.loadBound ? " *" : ""),
    },
    SPREAD,
    ...TO_OTHERS,
    {
      head: "× itself",
      cell: (row) => formatRatio(row.toItself),
      has: (row) => row.toItself !== undefined,
    },
    {
      head: "MB/s",
      cell: (row) => threeDigits(row.bytesPerSecond / 1e6),
      has: (row) => row.bytesPerCount >= 1024,
    },
    ...COST,
    ...LATENCY,
    {
      head: "size",
      cell: ({ deflated = Number.NaN }) => `${(deflated * 100).toFixed(1)} %`,
      has: (row) => row.deflated !== undefined,
    },
    ...LOOP,
    ...TURNS,
  ];
}

function columnsOf(scenario: Scenario): readonly Column[] {
  if (isWeighed(scenario)) return WEIGHED;
  const { work, unit } = scenario;
  return work.kind === "latency" ? byTheClock(unit) : asFastAsCanBe(unit);
}

/** A scenario's table, for the terminal and for the page. */
export function scenarioTable(result: ScenarioResult): Table {
  const rows = summarize(result);
  const columns = columnsOf(result.scenario).filter(
    ({ has = () => true }) => rows.length === 0 || rows.some(has),
  );
  return {
    head: columns.map(({ head }) => head),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
  };
}

function bytes(value: number | undefined): string {
  return formatBytes(Math.round(value ?? Number.NaN));
}
