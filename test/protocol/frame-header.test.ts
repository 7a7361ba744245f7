import { describe, expect, it } from "vitest";
import { encodeHeader, FrameHeader, headerSize } from "../../src/protocol/frame-header.ts";
import { bytes, DEFAULT_RULES, protocolError } from "./receiver.ts";

const NO_LIMIT = { ...DEFAULT_RULES, maxMessageSize: Number.POSITIVE_INFINITY };

/** Payload lengths at the borders of the three forms, and the header they need. */
const BORDERS: readonly (readonly [length: number, hex: string])[] = [
  [0, "82 00"],
  [1, "82 01"],
  [125, "82 7d"],
  [126, "82 7e 007e"],
  [127, "82 7e 007f"],
  [65_535, "82 7e ffff"],
  [65_536, "82 7f 0000000000010000"],
  [2 ** 31, "82 7f 0000000080000000"],
  [2 ** 32 - 1, "82 7f 00000000ffffffff"],
  [2 ** 32, "82 7f 0000000100000000"],
  [2 ** 32 + 1, "82 7f 0000000100000001"],
  [Number.MAX_SAFE_INTEGER, "82 7f 001fffffffffffff"],
];

function decode(hex: string, masked: boolean): { header: FrameHeader; size: number } {
  const header = new FrameHeader();
  const input = bytes(hex);
  const size = header.decode(input, 0, input.length, { ...NO_LIMIT, masked }, 0, 0);
  return { header, size };
}

describe.each(BORDERS)("a payload of %d bytes", (length, hex) => {
  const size = bytes(hex).length;

  it("has a header of the fewest bytes (§5.2)", () => {
    expect(headerSize(length, false)).toBe(size);
    expect(headerSize(length, true)).toBe(size + 4);
  });

  it("is encoded, unmasked and masked, and nothing around it is touched", () => {
    for (const maskBit of [0, 0x80]) {
      const target = Buffer.alloc(16, 0xee);
      expect(encodeHeader(target, 3, 0x82, length, maskBit)).toBe(3 + size);
      const wanted = Buffer.alloc(16, 0xee);
      bytes(hex).copy(wanted, 3);
      wanted[4]! |= maskBit;
      expect(target).toEqual(wanted);
    }
  });

  it("is decoded once its last byte is there", () => {
    const input = bytes(hex);
    const header = new FrameHeader();
    const rules = { ...NO_LIMIT, masked: false };
    for (let end = 1; end < size; end++) expect(header.decode(input, 0, end, rules, 0, 0)).toBe(0);
    expect(header.decode(input, 0, size, rules, 0, 0)).toBe(size);
    expect(header).toMatchObject({ fin: true, reserved: 0, opcode: 2, length });
  });

  it("is decoded with its key, which is the last to come", () => {
    const input = bytes(`${hex} 37fa213d`);
    input[1]! |= 0x80;
    const header = new FrameHeader();
    for (let end = 1; end < size + 4; end++) {
      expect(header.decode(input, 0, end, NO_LIMIT, 0, 0)).toBe(0);
    }
    expect(header.decode(input, 0, size + 4, NO_LIMIT, 0, 0)).toBe(size + 4);
    expect(header.length).toBe(length);
    expect(header.key >>> 0).toBe(0x3d21fa37);
  });
});

describe("the header", () => {
  it("is decoded from the middle of a chunk", () => {
    const header = new FrameHeader();
    const size = header.decode(bytes("ffff 8902 ffff"), 2, 6, { ...NO_LIMIT, masked: false }, 0, 0);
    expect(size).toBe(2);
    expect(header).toMatchObject({ fin: true, opcode: 9, length: 2 });
  });

  it("says whether a fragment is the last (§5.4)", () => {
    expect(decode("01 03", false).header.fin).toBe(false);
    expect(decode("81 03", false).header.fin).toBe(true);
  });

  it("gives the reserved bits that an extension claims, on the first frame only", () => {
    const header = new FrameHeader();
    const rules = { ...NO_LIMIT, masked: false, reservedBits: 0x40 };
    for (const first of ["c1", "41", "c2", "42"]) {
      expect(header.decode(bytes(`${first} 00`), 0, 2, rules, 0, 0)).toBe(2);
      expect(header.reserved).toBe(0x40);
    }
    // RFC 7692 §6.1: neither on a continuation nor on a control frame.
    for (const first of ["c0", "40", "c8", "c9", "ca"]) {
      const error = protocolError(() => header.decode(bytes(first), 0, 1, rules, 1, 0));
      expect(error?.code).toBe("RESERVED_BITS");
    }
    // The others stay refused.
    for (const first of ["a1", "91", "e1", "d1", "f1"]) {
      const error = protocolError(() => header.decode(bytes(first), 0, 1, rules, 0, 0));
      expect(error?.code).toBe("RESERVED_BITS");
    }
  });

  it("is refused beyond 2^53-1 even without a limit", () => {
    for (const length of ["0020000000000000", "7fffffffffffffff"]) {
      const error = protocolError(() => decode(`82 7f ${length}`, false));
      expect(error).toMatchObject({ code: "MESSAGE_TOO_BIG", closeCode: 1009 });
    }
  });

  it("counts what the message has already", () => {
    const header = new FrameHeader();
    const rules = { ...DEFAULT_RULES, masked: false, maxMessageSize: 100 };
    expect(header.decode(bytes("80 28"), 0, 2, rules, 2, 60)).toBe(2);
    const error = protocolError(() => header.decode(bytes("80 29"), 0, 2, rules, 2, 60));
    expect(error?.code).toBe("MESSAGE_TOO_BIG");
  });

  it("of a control frame is not held to what is left of the message", () => {
    const header = new FrameHeader();
    const rules = { ...DEFAULT_RULES, masked: false, maxMessageSize: 10 };
    expect(header.decode(bytes("89 7d"), 0, 2, rules, 2, 10)).toBe(2);
  });
});
