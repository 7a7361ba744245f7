import { describe, expect, it } from "vitest";
import { isDefect, judgeDifference, KNOWN, type Known } from "../../../autobahn/compare/known.ts";

const difference = (id: string, autobahn: string[], conform: string[]) => ({
  id,
  autobahn: new Set(autobahn),
  conform: new Set(conform),
});
const changing = (id: string) =>
  difference(id, ["OK / OK", "NON-STRICT / OK"], ["NON-STRICT / OK"]);
const constant = (id: string) => difference(id, ["OK / OK"], ["NON-STRICT / OK"]);

const known: Known[] = [
  { cases: /^3\./, kind: "timing", reason: "the clock" },
  { cases: /^6\./, peers: /^reference:/, kind: "design", reason: "the rules" },
];

describe("a difference", () => {
  it("by timing needs a known reason", () => {
    expect(judgeDifference(changing("3.2"), "ws", known)).toEqual({
      kind: "timing",
      reason: "the clock",
    });
    const unexplained = judgeDifference(changing("5.1"), "ws", known);
    expect(unexplained).toEqual({ kind: "unexplained timing", reason: undefined });
    expect(isDefect(unexplained)).toBe(true);
  });

  it("that is there in every run is not by timing, whatever is known of the case", () => {
    const judged = judgeDifference(constant("3.2"), "ws", known);
    expect(judged.kind).toBe("different");
    expect(isDefect(judged)).toBe(true);
  });

  it("by design is known for its peers only", () => {
    expect(judgeDifference(constant("6.1.1"), "reference:no-pong", known).kind).toBe("design");
    expect(judgeDifference(constant("6.1.1"), "ws", known).kind).toBe("different");
  });

  it("that is known is no defect", () => {
    expect(isDefect({ kind: "timing", reason: "the clock" })).toBe(false);
    expect(isDefect({ kind: "design", reason: "the rules" })).toBe(false);
  });

  it("has its reason in the list", () => {
    expect(judgeDifference(changing("4.1.5"), "websockets").kind).toBe("timing");
    expect(judgeDifference(changing("6.23.7"), "ws").kind).toBe("timing");
    expect(judgeDifference(changing("9.1.1"), "ws").kind).toBe("unexplained timing");
    expect(judgeDifference(constant("7.3.6"), "ws").kind).toBe("design");
    expect(KNOWN.every(({ reason }) => reason.length > 20)).toBe(true);
  });
});
