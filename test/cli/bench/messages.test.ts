import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isSame, makeMessages, messageName } from "../../../src/cli/bench/messages.ts";

const kind = { binary: false, size: 64, given: undefined };

describe("makeMessages", () => {
  it.each([0, 1, 2, 64, 1000, 70_000])("makes messages of %i bytes that differ", (size) => {
    const messages = makeMessages({ ...kind, size });
    for (const message of messages) expect(Buffer.byteLength(message)).toBe(size);
    if (size >= 2) expect(new Set(messages).size).toBe(messages.length);
    if (size >= 2 && size < 2 ** 20) expect(messages).toHaveLength(64);
  });

  it("keeps all of them together below 64 MiB", () => {
    expect(makeMessages({ ...kind, size: 2 ** 25 })).toHaveLength(2);
  });

  it("makes the same ones each time, and binary ones of the same bytes", () => {
    const texts = makeMessages(kind);
    expect(makeMessages(kind)).toEqual(texts);
    const binary = makeMessages({ ...kind, binary: true });
    expect(binary.map(String)).toEqual(texts);
    expect(binary[0]).toBeInstanceOf(Buffer);
  });

  it("makes what can be compressed like JSON", () => {
    const [message = ""] = makeMessages({ ...kind, size: 10_000 });
    const share = deflateRawSync(message).length / 10_000;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.5);
  });

  it("sends what is given instead", () => {
    expect(makeMessages({ ...kind, given: "ä" })).toEqual(["ä"]);
  });
});

describe("isSame", () => {
  it("tells text from bytes, and both from others", () => {
    expect(isSame("a", "a")).toBe(true);
    expect(isSame("a", "b")).toBe(false);
    expect(isSame(Buffer.from("a"), Buffer.from("a"))).toBe(true);
    expect(isSame(Buffer.from("a"), Buffer.from("b"))).toBe(false);
    expect(isSame("a", Buffer.from("a"))).toBe(false);
    expect(isSame(Buffer.from("a"), "a")).toBe(false);
  });
});

describe("messageName", () => {
  it("has kind, size and beginning", () => {
    expect(messageName("hello")).toBe('5 bytes of text ("hello")');
    expect(messageName("x".repeat(50))).toBe(`50 bytes of text ("${"x".repeat(40)}"…)`);
    expect(messageName(Buffer.from([1, 255]))).toBe("2 bytes of binary (01ff)");
    expect(messageName(Buffer.alloc(17))).toBe(`17 bytes of binary (${"00".repeat(16)}…)`);
  });
});
