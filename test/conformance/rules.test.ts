/** What a case asks for is what the section that it names asks for. */
import { describe, expect, it } from "vitest";
import { ALL_CASES } from "../../src/conformance/cases/all.ts";

const rulesOf = (id: string) => ALL_CASES.find((testCase) => testCase.id === id)?.rules;

describe("the rules of a case", () => {
  it("are named once", () => {
    const doubled = ALL_CASES.filter(({ rules }) => new Set(rules).size < rules.length);
    expect(doubled.map(({ id }) => id)).toEqual([]);
  });

  // RFC 6455 §7.4.1 defines single codes, those never to be sent among them; §7.4.2 ranges.
  it.each([
    ["23.1.1", "RFC 6455 §7.4.2"],
    ["23.2.1", "RFC 6455 §7.4.1"],
    ["23.3.1", "RFC 6455 §7.4.1"],
    ["23.4.1", "RFC 6455 §7.4.2"],
    ["23.5.1", "RFC 6455 §7.4.2"],
    ["23.6.1", "RFC 6455 §7.4.2"],
    ["23.7.1", "RFC 6455 §7.4.2"],
    ["23.8.1", "RFC 6455 §7.4.2"],
  ])("of %s: %s has its code", (id, rule) => {
    expect(rulesOf(id)).toEqual([rule]);
  });
});
