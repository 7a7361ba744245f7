/** What a case asks for is what the section that it names asks for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_CASES } from "../../src/conformance/cases/all.ts";
import { conform } from "../../src/conformance/conform.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

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

describe("a request that a server may refuse or repair", () => {
  let server: ReferenceServer;
  beforeAll(async () => {
    server = await startReferenceServer({ opensAlways: true });
  });
  afterAll(() => server.close());

  // 20.6.4: §4.2.1 of RFC 6455 takes "HTTP/1.1 or higher", RFC 9110 §2.5 lets refuse it.
  // The others: RFC 9112 §5.2 and §2.2 and RFC 9110 §5.5 let put blanks in their place.
  it.each(["20.6.4", "20.10.2", "20.10.5", "20.10.6"])("is not FAILED for %s", async (id) => {
    const results = [];
    for await (const { behavior } of conform(server.url, { cases: [id] })) results.push(behavior);
    expect(results).toEqual(["INFORMATIONAL"]);
  });

  it("nor is a NUL in the answer to a client", () => {
    expect(ALL_CASES.find(({ id }) => id === "21.3.5")).toMatchObject({ expects: "any" });
  });
});
