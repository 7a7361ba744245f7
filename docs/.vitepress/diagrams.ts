/**
 * Diagrams of states. GitHub draws a block of `mermaid` by itself. The site draws it when it is built, so a reader
 * needs no script, and the colours are those of the page.
 */

import { Graph, layout, type Point } from "@dagrejs/dagre";

/** What is used of markdown-it. */
export interface MarkdownFences {
  readonly renderer: { readonly rules: { fence?: Fence | undefined } };
}

type Fence = (
  tokens: { readonly info: string; readonly content: string }[],
  index: number,
  ...rest: never[]
) => string;

/** An arrow from a state to another, with what leads along it. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly labels: string[];
}

/** What stands for the beginning and the end in the text. */
const DOT = "[*]";
const LINE = 18;

/** Draws the blocks of `mermaid` of a page. */
export function drawDiagrams({ renderer }: MarkdownFences): void {
  const others = renderer.rules.fence!;
  renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index]!;
    if (info.trim() !== "mermaid") return others(tokens, index, ...rest);
    // It scrolls where the page is narrow, by the keyboard too.
    return `<div class="diagram" tabindex="0" v-pre>${drawing(arrowsOf(content))}</div>`;
  };
}

/** The arrows of a diagram of states; those between the same two states are one. */
function arrowsOf(text: string): Arrow[] {
  const [kind, ...lines] = text.trim().split("\n");
  if (kind !== "stateDiagram-v2") throw new Error(`expected stateDiagram-v2, found ${kind}`);
  const arrows: Arrow[] = [];
  for (const line of lines) {
    const match = /^ *(\S+) --> ([^\s:]+)(?:: (.*))?$/.exec(line);
    if (match === null) throw new Error(`expected an arrow, found ${line}`);
    const [, from = "", to = "", label] = match;
    const before = arrows.find((arrow) => arrow.from === from && arrow.to === to);
    if (before === undefined) arrows.push({ from, to, labels: label === undefined ? [] : [label] });
    else if (label !== undefined) before.labels.push(label);
  }
  return arrows;
}

function drawing(arrows: readonly Arrow[]): string {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 10, edgesep: 6, ranksep: 44, marginx: 8, marginy: 8 });
  const begin = (name: string): string => (name === DOT ? "begin" : name);
  const end = (name: string): string => (name === DOT ? "end" : name);
  for (const { from, to, labels } of arrows) {
    for (const name of [begin(from), end(to)]) {
      const isDot = name === "begin" || name === "end";
      graph.setNode(name, { width: isDot ? 16 : name.length * 9 + 32, height: isDot ? 16 : 36 });
    }
    const longest = Math.max(0, ...labels.map(({ length }) => length));
    const size = { width: longest * 6.4, height: labels.length * LINE + 4, labelpos: "c" };
    graph.setEdge(begin(from), end(to), labels.length === 0 ? {} : size);
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const paths = arrows.map(({ from, to, labels }) => {
    const { points, x, y } = graph.edge(begin(from), end(to)) as {
      points: Point[];
      x?: number;
      y?: number;
    };
    const ends = [graph.node(begin(from)), graph.node(end(to))] as [Box, Box];
    return { line: line(points, ...ends), text: labels.length === 0 ? "" : label(labels, x!, y!) };
  });
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg role="img" aria-label="${escaped(description(arrows))}" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
    '<path d="M0 0 8 4 0 8Z"/></marker></defs>',
    ...paths.map((path) => path.line),
    ...graph.nodes().map((name) => state(name, graph.node(name) as Box)),
    // Above all lines, which end behind them.
    ...paths.map(({ text }) => text),
    "</svg>",
  ].join("");
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function state(name: string, { x, y, width, height }: Box): string {
  if (name === "begin") return `<circle class="dot" cx="${x}" cy="${y}" r="7"/>`;
  if (name === "end") {
    return `<circle class="ring" cx="${x}" cy="${y}" r="7"/><circle class="dot" cx="${x}" cy="${y}" r="4"/>`;
  }
  const [left, top] = [x - width / 2, y - height / 2];
  const box = `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="8"/>`;
  return `${box}<text class="state" x="${x}" y="${y}">${escaped(name)}</text>`;
}

/** A curve through all the points. At each it is upright, so the words of an arrow stand in its middle. */
function line(points: readonly Point[], from: Box, to: Box): string {
  const inner = points.slice(1, -1);
  const down = Math.sign(to.y - from.y);
  const first = { x: within(from, inner[0] ?? to), y: from.y + (down * from.height) / 2 };
  const last = { x: within(to, inner.at(-1) ?? from), y: to.y - (down * to.height) / 2 };
  let before = first;
  const curves = [...inner, last].map((point) => {
    const middle = (before.y + point.y) / 2;
    const curve = `C${before.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`;
    before = point;
    return curve;
  });
  return `<path class="line" d="M${first.x} ${first.y}${curves.join("")}" marker-end="url(#arrow)"/>`;
}

/** Where an arrow meets a box on its way to or from the point. */
function within({ x, width }: Box, point: Point): number {
  const room = Math.max(0, width / 2 - 12);
  return Math.min(x + room, Math.max(x - room, point.x));
}

function label(labels: readonly string[], x: number, y: number): string {
  const top = y - ((labels.length - 1) * LINE) / 2;
  const lines = labels.map(
    (text, i) => `<tspan x="${x}" y="${top + i * LINE}">${escaped(text)}</tspan>`,
  );
  return `<text class="label">${lines.join("")}</text>`;
}

/** The same in words, for those who do not see it. */
function description(arrows: readonly Arrow[]): string {
  const parts = arrows
    .filter(({ from, to }) => from !== DOT && to !== DOT)
    .map(({ from, to, labels }) => `${from} to ${to}: ${labels.join(", ")}`);
  return `Diagram of states. ${parts.join("; ")}.`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
