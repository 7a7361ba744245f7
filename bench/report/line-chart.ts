import { colorOf, isOurs } from "./colors.ts";
import { escapeHtml } from "./escape.ts";

/** One line. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A chart with logarithmic axes. */
export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 380;
const LEFT = 70;
const RIGHT = 120;
const TOP = 24;
const BOTTOM = 46;
const LABEL_HEIGHT = 15;

/** Lines over logarithmic axes, each named at its end, as an SVG element. */
export function lineChart(chart: LineChart): string {
  const points = chart.series.flatMap((series) => series.points);
  if (points.length === 0) return "";
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const yTicks = powersOfTen(points.map(({ y }) => y));
  const placeX = logScale(xs[0]!, xs.at(-1)!, LEFT, WIDTH - RIGHT);
  const placeY = logScale(yTicks[0]!, yTicks.at(-1)!, HEIGHT - BOTTOM, TOP);
  const xAxis = xs.map((x, i) => {
    const at = round(placeX(x));
    // All ticks have a line, but there is room for every other name only.
    const name = i % Math.ceil(xs.length / 8) === 0 ? escapeHtml(chart.formatX(x)) : "";
    return (
      `<path d="M${at} ${TOP}V${HEIGHT - BOTTOM}" class="grid"/>` +
      `<text x="${at}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${name}</text>`
    );
  });
  const yAxis = yTicks.map((y) => {
    const at = round(placeY(y));
    return (
      `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${escapeHtml(chart.formatY(y))}</text>`
    );
  });
  const lines = chart.series.map((series) => drawLine(series, placeX, placeY));
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">` +
    `${xAxis.join("")}${yAxis.join("")}${lines.join("")}${drawNames(chart.series, placeY)}` +
    `<text x="${LEFT}" y="14">${escapeHtml(chart.yLabel)}</text>` +
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">` +
    `${escapeHtml(chart.xLabel)}</text></svg>`
  );
}

type Scale = (value: number) => number;

function logScale(low: number, high: number, from: number, to: number): Scale {
  const span = Math.log(high / low) || 1;
  return (value) => from + (Math.log(value / low) / span) * (to - from);
}

/** Powers of ten that enclose the values. */
function powersOfTen(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function drawLine({ name, points }: Series, placeX: Scale, placeY: Scale): string {
  const color = colorOf(name);
  const width = isOurs(name) ? 3 : 1.75;
  const places = points.map(({ x, y }) => [round(placeX(x)), round(placeY(y))] as const);
  const path = places.map(([x, y]) => `${x} ${y}`).join("L");
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color}"/>`);
  return `<path d="M${path}" fill="none" stroke="${color}" stroke-width="${width}"/>${dots.join("")}`;
}

/** Names at the ends of the lines, moved apart where the ends are close. */
function drawNames(series: readonly Series[], placeY: Scale): string {
  const ends = series
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => ({ name, y: placeY(points.at(-1)!.y) }))
    .sort((a, b) => a.y - b.y);
  let free = TOP;
  return ends
    .map(({ name, y }) => {
      const at = Math.max(y, free);
      free = at + LABEL_HEIGHT;
      return `<text x="${WIDTH - RIGHT + 10}" y="${round(at + 4)}" style="fill:${colorOf(name)}" font-weight="600">${escapeHtml(name)}</text>`;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
