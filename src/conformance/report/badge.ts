/** A badge for a README: how many cases passed. */
import type { CaseResult } from "../result.ts";
import { escapeXml } from "./formats/junit.ts";
import { hasFailed } from "./summary.ts";

const LABEL = "WebSocket conformance";

interface Badge {
  readonly message: string;
  readonly color: "brightgreen" | "yellow" | "red";
}

/** What it says. Cases that were not run are no passed ones. */
function badgeOf(results: readonly CaseResult[], strict: boolean): Badge {
  const failed = results.filter((result) => hasFailed(result, strict)).length;
  const share = results.length === 0 ? 0 : (results.length - failed) / results.length;
  return {
    message: `${results.length - failed} of ${results.length}`,
    color: share === 1 ? "brightgreen" : share >= 0.95 ? "yellow" : "red",
  };
}

/** The JSON that shields.io makes a badge of: `https://img.shields.io/endpoint?url=…`. */
export function badgeJson(results: readonly CaseResult[], strict: boolean): string {
  return `${JSON.stringify({ schemaVersion: 1, label: LABEL, ...badgeOf(results, strict) })}\n`;
}

/** Pixels of an average character at 11 pixels, and beside the text. */
const CHARACTER = 6.6;
const PADDING = 10;

const COLORS = { brightgreen: "#2a7d2a", yellow: "#8a6100", red: "#b3261e" };

/** The badge as a picture. */
export function badgeSvg(results: readonly CaseResult[], strict: boolean): string {
  const { color, message } = badgeOf(results, strict);
  const [left, right] = [LABEL, message].map((text) =>
    Math.ceil(text.length * CHARACTER + PADDING),
  ) as [number, number];
  const text = (words: string, x: number, width: number) =>
    `<text x="${x}" y="14" textLength="${width - PADDING}">${escapeXml(words)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${escapeXml(`${LABEL}: ${message}`)}">
<title>${escapeXml(`${LABEL}: ${message}`)}</title>
<clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#444"/><rect x="${left}" width="${right}" height="20" fill="${COLORS[color]}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
${text(LABEL, PADDING / 2, left)}
${text(message, left + PADDING / 2, right)}
</g>
</svg>
`;
}
