import { formatBytes, formatFigure } from "./format.ts";
import type { LineChart, Series } from "./line-chart.ts";
import type { ScenarioResult } from "./results.ts";
import { type Row, summarize } from "./summary.ts";

/** The charts that a run with points for them makes. */
export function growthCharts(
  scenarios: readonly ScenarioResult[],
): { readonly id: "connections" | "size"; readonly chart: LineChart }[] {
  const charts = [
    {
      id: "connections" as const,
      chart: {
        title: "Messages of 64 B, 8 deep, by number of connections",
        xLabel: "connections",
        yLabel: "messages/s",
        formatX: (x: number) => x.toLocaleString("en"),
        formatY: formatFigure,
        series: seriesOf(scenarios, "connections", (row) => row.value),
      },
    },
    {
      id: "size" as const,
      chart: {
        title: "Throughput by size of message, 8 connections",
        xLabel: "size of a message",
        yLabel: "MB/s",
        formatX: formatBytes,
        formatY: formatFigure,
        series: seriesOf(scenarios, "size", (row) => row.bytesPerSecond / 1e6),
      },
    },
  ];
  return charts.filter(({ chart }) => chart.series.length > 0);
}

function seriesOf(
  scenarios: readonly ScenarioResult[],
  chart: "connections" | "size",
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
