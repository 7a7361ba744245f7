import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFrom, newOrigin, seal, unseal } from "../../src/topics/envelope.ts";

const origin = Buffer.from("12345678");

describe("the envelope of a message between processes", () => {
  it("keeps any bytes, and what is said of them, in nine bytes more", () => {
    const envelopes = fc.record({
      kind: fc.constantFrom("message", "lost"),
      payload: fc.uint8Array(),
      text: fc.boolean(),
      compress: fc.constantFrom(undefined, true, false),
    });
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const sealed = seal(origin, envelope);
        expect(sealed.length).toBe(envelope.payload.length + 9);
        expect(unseal(new Uint8Array(sealed))).toEqual(envelope);
      }),
    );
  });

  it("is the same on every version", () => {
    const payload = Buffer.from("hi");
    const text = seal(origin, { kind: "message", payload, text: true, compress: undefined });
    expect(text.toString("hex")).toBe("1131323334353637386869");
    const binary = seal(origin, { kind: "message", payload, text: false, compress: false });
    expect(binary.toString("hex")).toBe("1431323334353637386869");
  });

  it("says whose it is", () => {
    const other = newOrigin();
    const payload = new Uint8Array();
    const sealed = seal(origin, { kind: "message", payload, text: false, compress: true });
    expect(isFrom(origin, sealed)).toBe(true);
    expect(isFrom(other, sealed)).toBe(false);
    expect(isFrom(origin, sealed.subarray(0, 8))).toBe(false);
  });

  it("is told from what others publish", () => {
    const invalid = expect.objectContaining({ code: "BROKER_MESSAGE_INVALID" });
    for (const bytes of [Buffer.of(), Buffer.alloc(8, 0x10), Buffer.from('{"json": true}')]) {
      expect(() => unseal(bytes)).toThrow(invalid);
    }
  });
});
