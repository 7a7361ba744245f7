import { describe, expect, it } from "vitest";
import { retryAfter } from "../../../src/client/reconnecting/retry-after.ts";

const NOW = Date.UTC(2026, 10, 30, 12, 0, 0);

describe("retryAfter", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    ["Mon, 30 Nov 2026 12:00:30 GMT", 30_000],
    ["Mon, 30 Nov 2026 11:00:00 GMT", 0],
  ])("takes %j for %d ms", (value, milliseconds) => {
    expect(retryAfter(value, NOW)).toBe(milliseconds);
  });

  it.each([
    undefined,
    "",
    "-1",
    "1.5",
    "soon",
    "120 s",
    "0x10",
    "2026-11-30T12:00:30Z",
    "30 Nov 2026",
    "Mon, 99 Nov 2026 12:00:30 GMT",
    "Mon, 30 Foo 2026 12:00:30 GMT",
  ])("finds nothing in %j", (value) => {
    expect(retryAfter(value, NOW)).toBeUndefined();
  });
});
