import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { acceptKey, encodeKey, isAcceptableKey } from "../../src/handshake/accept-key.ts";

describe("the key and its answer", () => {
  it("gives the example of RFC 6455 §1.3", () => {
    expect(acceptKey("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(encodeKey(Buffer.from("the sample nonce"))).toBe("dGhlIHNhbXBsZSBub25jZQ==");
  });

  it("gives the example of RFC 6455 §4.1", () => {
    const nonce = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
    expect(encodeKey(nonce)).toBe("AQIDBAUGBwgJCgsMDQ4PEA==");
  });

  it("encodes every nonce to an acceptable key, views into larger buffers too", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (nonce) => {
        const key = encodeKey(nonce);
        expect(isAcceptableKey(key)).toBe(true);
        expect([...Buffer.from(key, "base64")]).toEqual([...nonce]);
        const shifted = new Uint8Array(20);
        shifted.set(nonce, 3);
        expect(encodeKey(shifted.subarray(3, 19))).toBe(key);
        const sha1 = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        expect(acceptKey(key)).toBe(sha1.digest("base64"));
      }),
    );
  });

  it.each([0, 15, 17])("refuses a nonce of %i bytes", (length) => {
    expect(() => encodeKey(new Uint8Array(length))).toThrow(ArgumentError);
  });

  it.each([
    ["empty", ""],
    ["15 bytes", Buffer.alloc(15).toString("base64")],
    ["17 bytes", Buffer.alloc(17).toString("base64")],
    ["no padding", "dGhlIHNhbXBsZSBub25jZQ"],
    ["half of the padding", "dGhlIHNhbXBsZSBub25jZQ="],
    ["spare bits that are not zero", "dGhlIHNhbXBsZSBub25jZR=="],
    ["base64url", "_-hlIHNhbXBsZSBub25jZQ=="],
    ["a space", "dGhlIHNhbXBsZSBub25jZ =="],
    ["a line end", "dGhlIHNhbXBsZSBub25jZQ==\n"],
  ])("does not accept a key that has %s", (_, key) => {
    expect(isAcceptableKey(key)).toBe(false);
  });
});
