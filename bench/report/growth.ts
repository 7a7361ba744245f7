import type { Chart } from "../scenarios/scenario.ts";
import { formatBytes, formatFigure } from "./format.ts";
import type { LineChart, Series } from "./line-chart.ts";
import type { ScenarioResult } from "./results.ts";
import { type Row, summarize } from "./summary.ts";

/** What a chart is of, its lines apart. */
interface Axes extends Omit<LineChart, "series"> {
  readonly id: Chart;
  readonly yOf: (row: Row) => number;
}

const counted = (x: number): string => x.toLocaleString("en");
const perSecond = (row: Row): number => row.value;

const CHARTS: readonly Axes[] = [
  {
    id: "connections",
    title: "Messages of 64 B, 8 deep, by number of connections",
    xLabel: "connections",
    yLabel: "messages/s",
    formatX: counted,
    formatY: formatFigure,
    yOf: perSecond,
  },
  {
    id: "size",
    title: "Throughput by size of message, 8 connections",
    xLabel: "size of a message",
    yLabel: "MB/s",
    formatX: formatBytes,
    formatY: formatFigure,
    yOf: (row) => row.bytesPerSecond / 1e6,
  },
  {
    id: "subscribers",
    title: "20 B published to a topic, by number of its subscribers",
    xLabel: "subscribers",
    yLabel: "deliveries/s",
    formatX: counted,
    formatY: formatFigure,
    yOf: perSecond,
  },
  {
    id: "topics",
    title: "20 B published to each topic of 1,000 connections, by number of topics",
    xLabel: "topics",
    yLabel: "deliveries/s",
    formatX: counted,
    formatY: formatFigure,
    yOf: perSecond,
  },
];

/** The charts that a run with points for them makes. */
export function growthCharts(
  scenarios: readonly ScenarioResult[],
): { readonly id: Chart; readonly chart: LineChart }[] {
  return CHARTS.map(({ id, yOf, ...axes }) => ({
    id,
    chart: { ...axes, series: seriesOf(scenarios, id, yOf) },
  })).filter(({ chart }) => chart.series.length > 0);
}

function seriesOf(
  scenarios: readonly ScenarioResult[],
  chart: Chart,
  figureOf: (row: Row) => number,
): Series[] {
  const lines = new Map<string, { x: number; y: number }[]>();
  for (const result of scenarios) {
    const { point } = result.scenario;
    if (point?.chart !== chart) continue;
    for (const row of summarize(result)) {
      const y = figureOf(row);
      if (!(y > 0)) continue;
      lines.set(row.peer, [...(lines.get(row.peer) ?? []), { x: point.x, y }]);
    }
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}
