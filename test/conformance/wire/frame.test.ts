import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyMask } from "../../../src/conformance/wire/frame.ts";

describe("applyMask", () => {
  it("does what RFC 6455 §5.3 says, at any address, length and offset", () => {
    const input = fc.record({
      payload: fc.uint8Array({ maxLength: 300 }),
      key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      address: fc.integer({ min: 0, max: 7 }),
      offset: fc.integer({ min: 0, max: 1000 }),
    });
    fc.assert(
      fc.property(input, ({ payload, key, address, offset }) => {
        const memory = Buffer.alloc(address + payload.length + 1, 0x55);
        const data = memory.subarray(address, address + payload.length);
        data.set(payload);
        applyMask(data, Buffer.from(key), offset);
        const wanted = payload.map((byte, i) => byte ^ key[(offset + i) % 4]!);
        expect([...data]).toEqual([...wanted]);
        expect(memory[address + payload.length]).toBe(0x55);
        expect(memory.subarray(0, address).every((byte) => byte === 0x55)).toBe(true);
      }),
    );
  });
});
