import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { randomText } from "../../../src/conformance/cases/deflate/test-data.ts";
import { Deflate } from "../../../src/conformance/wire/deflate.ts";
import { back, fixedBlock } from "../../../src/conformance/wire/deflate-block.ts";

const inflater = (peerBits: number, peerNoTakeover = false) =>
  new Deflate({ ownBits: 15, ownNoTakeover: false, peerBits, peerNoTakeover });

describe("Deflate", () => {
  it.each([8, 9, 10, 12, 14])("takes a match as far back as %i bits", (bits) => {
    const text = randomText(1, 2 ** bits);
    const payload = fixedBlock([text, back(64, 2 ** bits)]);
    expect(`${inflater(bits).decompress(payload)}`).toBe(text + text.slice(0, 64));
  });

  it.each([8, 9, 10, 12])("finds a match 64 bytes further back than %i bits", (bits) => {
    const text = randomText(1, 2 ** bits + 64);
    const payload = fixedBlock([text, back(64, 2 ** bits + 64)]);
    expect(() => inflater(bits).decompress(payload)).toThrow("too far back");
    expect(`${inflater(15).decompress(payload)}`).toBe(text + text.slice(0, 64));
  });

  it("finds one that reaches into a message that the window no longer has", () => {
    const text = randomText(1, 2 ** 9 + 1);
    const over = inflater(9);
    over.decompress(fixedBlock([text]));
    expect(`${over.decompress(fixedBlock([back(3, 2 ** 9)]))}`).toBe(text.slice(1, 4));
    const fresh = inflater(9, true);
    fresh.decompress(fixedBlock([text]));
    expect(() => fresh.decompress(fixedBlock([back(3, 2 ** 9)]))).toThrow("too far back");
  });

  it("inflates long messages with a small window", () => {
    const text = randomText(1, 100_000);
    const payload = deflateRawSync(text, { windowBits: 9, finishFlush: 2 }).subarray(0, -4);
    expect(`${inflater(9).decompress(payload)}`).toBe(text);
  });
});
