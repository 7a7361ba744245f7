// How long echoes take: which message an echo belongs to, figures, and a graph of the last ones.

/** So many are in the graph and in the figures. */
const KEPT = 60;
/** So many messages wait for their echo at most; a server that does not echo gets no more. */
const MOST_PENDING = 1000;

const SVG = "http://www.w3.org/2000/svg";

/** Finds the message that an echo belongs to. */
export class Pending {
  #sent = [];

  /** A message is sent now. */
  add(data) {
    this.#sent.push({ data, at: performance.now() });
    if (this.#sent.length > MOST_PENDING) this.#sent.shift();
  }

  /** @returns the milliseconds since the oldest such message was sent, undefined where none was */
  take(data) {
    const index = this.#sent.findIndex((message) => isSame(message.data, data));
    if (index === -1) return undefined;
    const [{ at }] = this.#sent.splice(index, 1);
    return performance.now() - at;
  }

  /** Nothing of it will come back. */
  clear() {
    this.#sent = [];
  }
}

function isSame(a, b) {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** `0.4 ms`, `12 ms`, `1.3 s`. */
export function timeText(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** The last round trips in figures and as a graph. */
export class RoundTrips {
  #trips = [];
  #graph;
  #scale;
  #figures;

  /**
   * @param graph an SVG of 300 by 100
   * @param scale the element that says what its height stands for
   * @param figures elements by name: last, median, most, longest
   */
  constructor(graph, scale, figures) {
    this.#graph = graph;
    this.#scale = scale;
    this.#figures = figures;
  }

  /** One more, in milliseconds. */
  add(milliseconds) {
    this.#trips.push(milliseconds);
    if (this.#trips.length > KEPT) this.#trips.shift();
    this.#show();
  }

  /** Forgets them: another connection has others. */
  clear() {
    this.#trips = [];
    this.#show();
  }

  #show() {
    const trips = this.#trips;
    const sorted = [...trips].sort((a, b) => a - b);
    const within = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    const values = {
      last: trips.at(-1),
      median: within(0.5),
      most: within(0.95),
      longest: sorted.at(-1),
    };
    for (const [name, value] of Object.entries(values)) {
      this.#figures[name].textContent = value === undefined ? "–" : timeText(value);
    }
    this.#draw(values.longest);
    const [{ length }, { median, longest }] = [trips, values];
    this.#graph.setAttribute(
      "aria-label",
      length === 0
        ? "No round trips yet"
        : `The last ${length} round trips: median ${timeText(median)}, longest ${timeText(longest)}`,
    );
    this.#scale.textContent =
      length === 0
        ? `The last ${KEPT} echoes`
        : `Up to ${timeText(longest)}; the latest on the right`;
  }

  /** A bar for each, the latest at the right end; as high as the longest of them. */
  #draw(longest) {
    const step = 300 / KEPT;
    const bars = this.#trips.map((trip, index) => {
      const bar = document.createElementNS(SVG, "rect");
      const height = longest > 0 ? Math.max(2, (trip / longest) * 100) : 2;
      const x = 300 - (this.#trips.length - index) * step;
      for (const [name, value] of Object.entries({ x, y: 100 - height, width: step - 1, height })) {
        bar.setAttribute(name, String(value));
      }
      const title = document.createElementNS(SVG, "title");
      title.textContent = timeText(trip);
      bar.append(title);
      return bar;
    });
    this.#graph.replaceChildren(...bars);
  }
}
