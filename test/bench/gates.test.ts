import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type Bounds,
  boundsFor,
  breaches,
  FIGURES,
  type Figures,
  renderGates,
} from "../../bench/gates/bounds.ts";
import { gates } from "../../bench/gates/scenarios.ts";

const [gate, other] = gates as [(typeof gates)[0], (typeof gates)[0]];
const figures: Figures = {
  reads: 0.015625,
  writes: 0.75,
  microtasks: 5,
  callbacks: 0.75,
  heap: 1536.6,
  buffers: 64,
};
const bounds = { [gate.id]: boundsFor(figures) };

describe("a gate", () => {
  test("holds for the figures that its bounds were written from", () => {
    expect(breaches([{ gate, figures }], bounds)).toEqual([]);
  });

  test("takes somewhat more of what is allocated, but no more calls", () => {
    const within = { ...figures, heap: 1536.6 * 1.2, buffers: 64 * 1.1 };
    expect(breaches([{ gate, figures: within }], bounds)).toEqual([]);
    for (const name of FIGURES) {
      const above = { ...figures, [name]: figures[name] * 1.25 + 16 };
      expect(breaches([{ gate, figures: above }], bounds)).toHaveLength(1);
    }
    const oneIn300 = { ...figures, writes: figures.writes + 1 / 300 };
    expect(breaches([{ gate, figures: oneIn300 }], bounds)).toEqual([
      `${gate.id}: writes per message 0.753, at most 0.751`,
    ]);
  });

  test("does not hold without a bound", () => {
    expect(breaches([{ gate: other, figures }], bounds)).toEqual([`${other.id} has no bound`]);
  });

  test("shows what was found beside its bound", () => {
    const text = renderGates([{ gate, figures }], bounds);
    expect(text).toContain("0.750 (0.751)");
    expect(text).toContain("1537 (1860)");
    expect(renderGates([{ gate, figures }], undefined)).not.toContain("(");
  });
});

test("there is a bound for every figure of every gate on Node 20", () => {
  const file = new URL("../../bench/gates/bounds.json", import.meta.url);
  const all = JSON.parse(readFileSync(file, "utf8")) as Bounds;
  expect(Object.keys(all[20]!)).toEqual(gates.map(({ id }) => id));
  for (const own of Object.values(all[20]!)) {
    expect(Object.keys(own)).toEqual(FIGURES);
    for (const value of Object.values(own)) expect(value).toBeGreaterThan(0);
  }
});

test("the gates are a dozen and more, each of another name", () => {
  expect(new Set(gates.map(({ id }) => id)).size).toBe(gates.length);
  expect(gates.length).toBeGreaterThanOrEqual(12);
});
