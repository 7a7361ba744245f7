import { describe, expect, it } from "vitest";
import { CloseCode, mayBeOnTheWire } from "../../src/protocol/close-code.ts";

describe("close codes (§7.4)", () => {
  it("may be on the wire in these ranges and nowhere else from 0 to 65535", () => {
    const ranges: number[][] = [];
    for (let code = 0; code <= 0xffff; code++) {
      if (!mayBeOnTheWire(code)) continue;
      const last = ranges.at(-1);
      if (last?.[1] === code - 1) last[1] = code;
      else ranges.push([code, code]);
    }
    expect(ranges).toEqual([
      [1000, 1003],
      [1007, 1014],
      [3000, 4999],
    ]);
  });

  it("have names for what may be on the wire and for the two that are local", () => {
    const local = Object.values(CloseCode).filter((code) => !mayBeOnTheWire(code));
    expect(local).toEqual([1005, 1006]);
    expect(Object.values(CloseCode).sort()).toEqual([
      1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
    ]);
  });
});
