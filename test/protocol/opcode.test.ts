import { describe, expect, it } from "vitest";
import { isControl, isReserved, Opcode } from "../../src/protocol/opcode.ts";

describe("opcodes (§5.2)", () => {
  it("have the numbers of the RFC", () => {
    expect(Opcode).toEqual({
      continuation: 0x0,
      text: 0x1,
      binary: 0x2,
      close: 0x8,
      ping: 0x9,
      pong: 0xa,
    });
  });

  it("are reserved, control or neither, all sixteen", () => {
    const all = Array.from({ length: 16 }, (_, opcode) => opcode);
    expect(all.filter(isReserved)).toEqual([3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf]);
    expect(all.filter(isControl)).toEqual([8, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf]);
  });
});
