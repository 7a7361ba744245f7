/** What a case asks for is what the rule that it names asks for, and of whom. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/conformance/case.ts";
import { sectionOf } from "../../src/conformance/case-numbers.ts";
import { ALL_CASES } from "../../src/conformance/cases/all.ts";
import { conform } from "../../src/conformance/conform.ts";
import { RULES, type RuleName, ruleNamed } from "../../src/conformance/rules.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

const caseOf = (id: string) => ALL_CASES.find((testCase) => testCase.id === id)!;

const rulesOf = (id: string): RuleName[] => {
  const { otherwise, outcomes, rule } = caseOf(id);
  const names = [rule, otherwise, ...outcomes.map((outcome) => outcome.rule)];
  return names.filter((name) => name !== undefined);
};

const rolesOf = (id: string): readonly Role[] => {
  const { only } = caseOf(id);
  return only === undefined ? ["server", "client"] : [only];
};

describe("the rules", () => {
  it("bind whom the cases test", () => {
    const wrong = ALL_CASES.flatMap(({ id }) =>
      rulesOf(id).flatMap((name) => {
        const { binds } = ruleNamed(name);
        const bound = rolesOf(id).every((role) => binds === "both" || binds === role);
        return bound ? [] : [`${id} tests ${rolesOf(id)}, and ${name} binds the ${binds}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("say where they stand", () => {
    const places = Object.entries<{ place: string }>(RULES);
    const unclear = places.filter(([, { place }]) => !/^RFC \d{4} §\d/.test(place));
    expect(unclear).toEqual([]);
  });

  it("are all on trial in some case, or are broken by what testees send", () => {
    const used = new Set(ALL_CASES.flatMap(({ id }) => rulesOf(id)));
    const sent = (name: string) => name.startsWith("sent") || name === "floods";
    // The rule of a request that a client gets wrong, or of a handshake that a server never completes.
    const opening = ["request", "handshake", "connectOpens"];
    const unused = (Object.keys(RULES) as RuleName[]).filter(
      (name) => !used.has(name) && !sent(name) && !opening.includes(name),
    );
    expect(unused).toEqual([]);
  });

  // RFC 6455 §7.4.1 defines single codes, those never to be sent among them; §7.4.2 ranges.
  it.each([
    ["23.1.1", "codeRefused"],
    ["23.2.1", "closeAnswered"],
    ["23.3.1", "codeRefused"],
    ["23.4.1", "codeUndefined"],
    ["23.8.1", "codeUndefined"],
  ])("of %s is %s", (id, rule) => {
    expect(caseOf(id).rule).toBe(rule);
  });
});

describe("a request that a server may refuse or take", () => {
  let server: ReferenceServer;
  beforeAll(async () => {
    server = await startReferenceServer({ opensAlways: true });
  });
  afterAll(() => server.close());

  const behaviorOf = async (id: string) => {
    const results = [];
    for await (const { behavior } of conform(server.url, { cases: [id] })) results.push(behavior);
    return results;
  };

  // 20.5: §4.2.2 of RFC 6455 lets it not decode the key. 20.6.4: §4.2.1 takes "HTTP/1.1 or higher", RFC
  // 9110 §2.5 lets refuse it. 20.6.6: RFC 9112 §3 lets split at blanks. 20.10: RFC 9112 §5.2 and §2.2 and
  // RFC 9110 §5.5 let put blanks in their place.
  it.each([
    ...["20.5.1", "20.5.2", "20.5.3", "20.5.4", "20.5.5", "20.5.6"],
    ...["20.6.4", "20.6.6", "20.10.2", "20.10.5", "20.10.6"],
  ])("is INFORMATIONAL for %s", async (id) => {
    expect(await behaviorOf(id)).toEqual(["INFORMATIONAL"]);
  });

  // 20.6.8: RFC 9112 §3.2, 20.10.3 and 20.10.4: §2.2, each a SHOULD; 20.2.2: RFC 6455 §10.7.
  it.each(["20.2.2", "20.2.3", "20.6.7", "20.6.8", "20.10.3", "20.10.4"])(
    "is NON-STRICT for %s",
    async (id) => {
      expect(await behaviorOf(id)).toEqual(["NON-STRICT"]);
    },
  );

  it("is FAILED where a MUST is broken", async () => {
    expect(await behaviorOf("20.10.1")).toEqual(["FAILED"]);
    expect(await behaviorOf("20.6.3")).toEqual(["FAILED"]);
  });
});

it("Autobahn's cases are there, and by its sections", () => {
  const sections = new Set(ALL_CASES.map(({ id }) => sectionOf(id)));
  expect([...sections].slice(0, 11)).toEqual([
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "9",
    "10",
    "12",
    "13",
  ]);
});
