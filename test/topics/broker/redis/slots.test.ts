import { describe, expect, it } from "vitest";
import { slotOf } from "../../../../src/topics/broker/redis/slots.ts";

describe("the slot of a key in a Redis Cluster", () => {
  it("is what Redis says (CLUSTER KEYSLOT)", () => {
    expect(slotOf("123456789")).toBe(12_739);
    expect(slotOf("foo")).toBe(12_182);
    expect(slotOf("grüße")).toBe(3194);
    expect(slotOf("")).toBe(0);
  });

  it("is that of what stands between the first braces, where there is something", () => {
    expect(slotOf("{foo}:stream")).toBe(slotOf("foo"));
    expect(slotOf("a{foo}{bar}")).toBe(slotOf("foo"));
    expect(slotOf("{{foo}}")).toBe(slotOf("{foo"));
    for (const [key, other] of [
      ["{}foo", "foo"],
      ["{foo", "foo"],
      ["}foo{", "foo"],
    ] as const) {
      expect(slotOf(key)).not.toBe(slotOf(other));
    }
  });
});
