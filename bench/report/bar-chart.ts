import { colorOf, isOurs } from "./colors.ts";
import { escapeHtml } from "./escape.ts";

/** One bar. */
export interface Bar {
  /** Who it stands for, which decides its colour. */
  readonly peer: string;
  readonly name: string;
  readonly value: number;
  /** Half the range of the rounds, in the unit of `value`. */
  readonly deviation: number;
  /** What stands behind the bar. */
  readonly label: string;
}

const WIDTH = 860;
const ROW = 26;
const NAMES = 260;
const LABELS = 150;

/** Horizontal bars from zero with a whisker for the spread, as an SVG element. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value, deviation }) => value + deviation), 0) || 1;
  const scale = (WIDTH - NAMES - LABELS) / most;
  const rows = bars.map((bar, i) => drawBar(bar, i * ROW, scale));
  const height = bars.length * ROW;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">` +
    `${rows.join("")}</svg>`
  );
}

function drawBar({ peer, name, value, deviation, label }: Bar, top: number, scale: number): string {
  const middle = top + ROW / 2;
  const end = NAMES + value * scale;
  const low = Math.max(NAMES, end - deviation * scale);
  const high = end + deviation * scale;
  const weight = isOurs(peer) ? ' font-weight="700"' : "";
  return (
    `<text x="${NAMES - 8}" y="${middle + 4}" text-anchor="end"${weight}>${escapeHtml(name)}</text>` +
    `<rect x="${NAMES}" y="${top + 4}" width="${round(end - NAMES)}" height="${ROW - 8}" ` +
    `rx="2" fill="${colorOf(peer)}"/>` +
    `<path d="M${round(low)} ${middle}H${round(high)}" class="whisker"/>` +
    `<text x="${round(high + 8)}" y="${middle + 4}"${weight}>${escapeHtml(label)}</text>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
