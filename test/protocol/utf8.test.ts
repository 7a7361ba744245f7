import { describe, expect, it } from "vitest";
import { UTF8_COMPLETE, UTF8_INVALID, validateUtf8 } from "../../src/protocol/utf8.ts";
import { bytes } from "./receiver.ts";
import { isCompleteText, isStartOfText } from "./utf8-oracle.ts";

/** How the state after `input` is judged, whatever number stands for it. */
function judge(state: number): "complete" | "cut" | "invalid" {
  if (state === UTF8_COMPLETE) return "complete";
  return state === UTF8_INVALID ? "invalid" : "cut";
}

function expected(input: Uint8Array): "complete" | "cut" | "invalid" {
  if (isCompleteText(input)) return "complete";
  return isStartOfText(input) ? "cut" : "invalid";
}

/** All sequences that have one of each list at each place, and all their beginnings. */
function* sequences(...places: readonly number[][]): Generator<number[]> {
  const [head, ...rest] = places;
  if (head === undefined) return;
  for (const byte of head) {
    yield [byte];
    for (const tail of sequences(...rest)) yield [byte, ...tail];
  }
}

const ALL = Array.from({ length: 256 }, (_, byte) => byte);
// Every boundary of the table in RFC 3629 §4, and its neighbours.
const LEADS = [0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef];
LEADS.push(0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff);
const SECONDS = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
const OTHERS = [0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xe2];

describe("validateUtf8", () => {
  it("agrees with TextDecoder on every first byte and what may follow it", () => {
    for (const input of sequences(ALL, SECONDS)) {
      const whole = Uint8Array.from(input);
      if (judge(validateUtf8(whole, 0, whole.length, UTF8_COMPLETE)) !== expected(whole)) {
        expect.fail(`[${input}] is ${expected(whole)}`);
      }
    }
  });

  it("agrees with TextDecoder byte by byte on all boundaries of RFC 3629 §4", () => {
    for (const input of sequences(LEADS, SECONDS, OTHERS, OTHERS)) {
      const whole = Uint8Array.from(input);
      let state = UTF8_COMPLETE;
      for (let i = 0; i < whole.length; i++) state = validateUtf8(whole, i, i + 1, state);
      const inOne = validateUtf8(whole, 0, whole.length, UTF8_COMPLETE);
      const wanted = expected(whole);
      if (judge(state) !== wanted || judge(inOne) !== wanted) {
        expect.fail(`[${input}] is ${wanted}: ${judge(state)}, ${judge(inOne)}`);
      }
    }
  });

  it("takes every code point but the surrogates, whatever the chunks", () => {
    let text = "";
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code < 0xd800 || code > 0xdfff) text += String.fromCodePoint(code);
    }
    const encoded = Buffer.from(text);
    for (const size of [1, 3, 64, 65_536]) {
      let state = UTF8_COMPLETE;
      for (let i = 0; i < encoded.length; i += size) {
        state = validateUtf8(encoded, i, Math.min(i + size, encoded.length), state);
      }
      expect(state, `chunks of ${size}`).toBe(UTF8_COMPLETE);
    }
  });

  it("refuses every surrogate at its second byte", () => {
    for (let second = 0xa0; second <= 0xbf; second++) {
      const input = Uint8Array.of(0xed, second);
      expect(judge(validateUtf8(input, 0, 1, UTF8_COMPLETE))).toBe("cut");
      expect(judge(validateUtf8(input, 0, 2, UTF8_COMPLETE))).toBe("invalid");
    }
  });

  it("looks at the range only", () => {
    const input = bytes("ff c3 a9 ff");
    expect(validateUtf8(input, 1, 3, UTF8_COMPLETE)).toBe(UTF8_COMPLETE);
    expect(validateUtf8(input, 2, 2, UTF8_COMPLETE)).toBe(UTF8_COMPLETE);
    expect(validateUtf8(input, 1, 4, UTF8_COMPLETE)).toBe(UTF8_INVALID);
  });

  it("leaves the state alone when there are no bytes", () => {
    const cut = validateUtf8(bytes("f0 9f"), 0, 2, UTF8_COMPLETE);
    expect(validateUtf8(bytes(""), 0, 0, cut)).toBe(cut);
    expect(judge(validateUtf8(bytes("98 80"), 0, 2, cut))).toBe("complete");
  });

  it("stays invalid", () => {
    expect(validateUtf8(bytes("41"), 0, 1, UTF8_INVALID)).toBe(UTF8_INVALID);
    expect(validateUtf8(bytes(""), 0, 0, UTF8_INVALID)).toBe(UTF8_INVALID);
  });

  it("finds one wrong byte anywhere in a long text", () => {
    const text = Buffer.from("κόσμε 😀 plain ".repeat(20));
    for (let i = 0; i < text.length; i++) {
      const broken = Buffer.from(text);
      broken[i] = 0xff;
      expect(validateUtf8(broken, 0, broken.length, UTF8_COMPLETE)).toBe(UTF8_INVALID);
      expect(validateUtf8(broken, 0, i + 1, UTF8_COMPLETE)).toBe(UTF8_INVALID);
    }
  });
});
