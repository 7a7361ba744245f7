import { describe, expect, it } from "vitest";
import { RSV1 } from "../../src/protocol/frame-header.ts";
import {
  firstByte,
  maxTextFrameSize,
  writeAsciiFrame,
  writeFrame,
  writeTextFrame,
} from "../../src/protocol/frame-writer.ts";
import { Opcode } from "../../src/protocol/opcode.ts";
import { bytes, receive } from "./receiver.ts";

// 37 fa 21 3d on the wire.
const fixedKey = () => 0x3d21fa37;

const TEXT = firstByte(Opcode.text);
const BINARY = firstByte(Opcode.binary);

/** What `write` puts behind an offset, which must be what it returns, and nothing around it. */
function written(size: number, write: (target: Buffer, offset: number) => number): Buffer {
  const target = Buffer.alloc(size + 6, 0xee);
  const end = write(target, 3);
  expect(target.subarray(0, 3)).toEqual(bytes("eeeeee"));
  return target.subarray(3, end);
}

function frame(payload: Uint8Array, nextKey: (() => number) | undefined): Buffer {
  return written(payload.length + 14, (target, offset) =>
    writeFrame(target, offset, BINARY, payload, nextKey),
  );
}

function textFrame(text: string, nextKey: (() => number) | undefined): Buffer {
  return written(maxTextFrameSize(text.length), (target, offset) =>
    writeTextFrame(target, offset, TEXT, text, nextKey),
  );
}

describe("firstByte", () => {
  it("has FIN, the reserved bits and the opcode (§5.2)", () => {
    expect(firstByte(Opcode.text)).toBe(0x81);
    expect(firstByte(Opcode.text, false)).toBe(0x01);
    expect(firstByte(Opcode.continuation, true)).toBe(0x80);
    expect(firstByte(Opcode.binary, true, RSV1)).toBe(0xc2);
    expect(firstByte(Opcode.close)).toBe(0x88);
  });
});

describe("writeAsciiFrame", () => {
  it.each([0, 1, 125, 126, 65_535, 65_536])(
    "writes %i characters as writeTextFrame does",
    (size) => {
      const text = "~".repeat(size);
      for (const nextKey of [undefined, fixedKey]) {
        const ascii = written(size + 14, (target, offset) =>
          writeAsciiFrame(target, offset, TEXT, text, nextKey),
        );
        expect(ascii.equals(textFrame(text, nextKey))).toBe(true);
      }
    },
  );

  it("leaves other text to that", () => {
    expect(writeAsciiFrame(Buffer.alloc(9), 0, TEXT, "caf\u00e9", undefined)).toBe(-1);
  });
});

describe("the writer", () => {
  it("writes the examples of §5.7", () => {
    expect(textFrame("Hello", undefined)).toEqual(bytes("81 05 48656c6c6f"));
    expect(textFrame("Hello", fixedKey)).toEqual(bytes("81 85 37fa213d 7f9f4d5158"));
    const ping = Buffer.alloc(7);
    writeFrame(ping, 0, firstByte(Opcode.ping), Buffer.from("Hello"), undefined);
    expect(ping).toEqual(bytes("89 05 48656c6c6f"));
    expect(frame(Buffer.alloc(256, 7), undefined)).toEqual(
      Buffer.concat([bytes("82 7e 0100"), Buffer.alloc(256, 7)]),
    );
    expect(frame(Buffer.alloc(65_536, 7), undefined)).toEqual(
      Buffer.concat([bytes("82 7f 0000000000010000"), Buffer.alloc(65_536, 7)]),
    );
  });

  it("leaves the payload that it masks alone", () => {
    const payload = Buffer.from("unchanged");
    frame(payload, fixedKey);
    expect(payload.toString()).toBe("unchanged");
  });

  it("asks for a fresh key for every frame (§5.3)", () => {
    let calls = 0;
    const target = Buffer.alloc(64);
    const nextKey = () => 0x01010101 * ++calls;
    let end = writeFrame(target, 0, BINARY, bytes("00"), nextKey);
    end = writeTextFrame(target, end, TEXT, "\0", nextKey);
    end = writeFrame(target, end, BINARY, bytes(""), nextKey);
    expect(target.subarray(0, end)).toEqual(
      bytes("82 81 01010101 01 81 81 02020202 02 82 80 03030303"),
    );
  });

  it("takes keys with and without a sign", () => {
    const unsigned = frame(bytes("00000000"), () => 0xfefdfcfb);
    expect(unsigned).toEqual(bytes("82 84 fbfcfdfe fbfcfdfe"));
    expect(frame(bytes("00000000"), () => 0xfefdfcfb | 0)).toEqual(unsigned);
  });

  // Around each border, and where the header is larger than ASCII text would need.
  const LENGTHS = [0, 1, 41, 42, 43, 47, 48, 49, 62, 63, 64, 124, 125, 126, 127, 300];
  LENGTHS.push(21_844, 21_845, 21_846, 32_767, 32_768, 65_534, 65_535, 65_536, 65_537);

  it.each(LENGTHS)("is the inverse of the parser for %i bytes or characters", (length) => {
    const payload = Buffer.from(Array.from({ length }, (_, i) => i & 0xff));
    const binary = [["binary", payload.toString("hex")]];
    expect(receive("client", frame(payload, undefined))).toEqual(binary);
    expect(receive("server", frame(payload, fixedKey))).toEqual(binary);
    for (const character of ["a", "é", "€"]) {
      const text = character.repeat(length);
      expect(receive("client", textFrame(text, undefined))).toEqual([["text", text]]);
      expect(receive("server", textFrame(text, fixedKey))).toEqual([["text", text]]);
      // One wider character makes the guess of the header's size wrong by just one.
      const wide = length > 0 ? `${"a".repeat(length - 1)}${character}` : "";
      expect(receive("client", textFrame(wide, undefined))).toEqual([["text", wide]]);
      expect(receive("server", textFrame(wide, fixedKey))).toEqual([["text", wide]]);
    }
  });

  it("writes text as long as its bytes say, whatever it moved", () => {
    const text = "é".repeat(63);
    expect(textFrame(text, undefined)).toEqual(
      Buffer.concat([bytes("81 7e 007e"), Buffer.from(text)]),
    );
  });

  it("sends a lone surrogate as U+FFFD, so that what is sent is valid", () => {
    expect(textFrame("a\ud800", undefined)).toEqual(bytes("81 04 61 efbfbd"));
  });

  it("has room enough with maxTextFrameSize, exactly", () => {
    const text = "€".repeat(30_000);
    const target = Buffer.alloc(maxTextFrameSize(text.length));
    expect(writeTextFrame(target, 0, TEXT, text, fixedKey)).toBe(target.length);
    expect(receive("server", target)).toEqual([["text", text]]);
  });
});
