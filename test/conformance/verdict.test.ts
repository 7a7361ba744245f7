/** The verdict is a function of the case and of what was seen, and of nothing else. */
import { describe, expect, it } from "vitest";
import type { DialogCase, RequestCase } from "../../src/conformance/case.ts";
import { type Ending, NOTHING_SEEN, type Observation } from "../../src/conformance/observation.ts";
import { breaks, meets, weakens } from "../../src/conformance/outcome.ts";
import type { RuleName } from "../../src/conformance/rules.ts";
import { verdict } from "../../src/conformance/verdict.ts";

const ENDED: Ending = {
  closedByMe: true,
  failedByMe: false,
  droppedByMe: false,
  wasClean: true,
  wasNotCleanReason: null,
  wasServerConnectionDropTimeout: false,
  wasCloseHandshakeTimeout: false,
  localCloseCode: 1000,
  localCloseReason: null,
  remoteCloseCode: 1000,
  remoteCloseReason: null,
  isServer: false,
  closeCame: true,
  wasReset: false,
};

const CLEAN = { by: "judge", codes: [1000], clean: true } as const;

const dialog = (parts: Partial<DialogCase>): DialogCase => ({
  kind: "dialog",
  id: "1.1.1",
  description: "A case.",
  rule: "framesParsed",
  outcomes: [meets({ events: [], end: CLEAN, unless: ["FAILED"] })],
  ...parts,
});

const seen = (parts: Partial<Observation> = {}): Observation => ({
  ...NOTHING_SEEN,
  opening: { is: "open" },
  ending: ENDED,
  ...parts,
});

const line = (testCase: DialogCase | RequestCase, observation: Observation) => {
  const { behavior, behaviorClose } = verdict(testCase, observation, "server");
  return `${behavior} / ${behaviorClose}`;
};

describe("a server that refuses an offer of permessage-deflate", () => {
  const deflate = [{ noTakeover: false, bits: 8 }];
  const head = { start: "HTTP/1.1 500 Internal Server Error", fields: [], raw: "" };
  const refusal = seen({ opening: { is: "refused", status: 500, head } });

  it("does what it need not do", () => {
    expect(line(dialog({ id: "24.8.3", deflate }), refusal)).toBe("NON-STRICT / OK");
  });

  it("fails as it does with Autobahn, and where nothing was offered", () => {
    expect(line(dialog({ id: "13.1.1", deflate }), refusal)).toBe("FAILED / FAILED");
    expect(line(dialog({ id: "24.8.3" }), refusal)).toBe("FAILED / FAILED");
  });
});

describe("what no outcome allows is as bad as the rule is strong", () => {
  const other = seen({ events: [{ kind: "pong", payload: Buffer.from("x") }] });

  it.each([
    ["framesParsed", "FAILED / OK"],
    ["invalidData", "NON-STRICT / OK"],
    ["limits", "INFORMATIONAL / INFORMATIONAL"],
    ["livesOn", "OK / OK"],
  ] as const)("%s: %s", (rule, expected) => {
    expect(line(dialog({ rule }), other)).toBe(expected);
  });

  it("by the rule that the case names for it", () => {
    expect(line(dialog({ rule: "limits", otherwise: "framesParsed" }), other)).toBe("FAILED / OK");
  });
});

describe("an outcome", () => {
  const pong = [{ kind: "pong", payload: Buffer.from("x") }] as const;
  const outcomes = (rule?: RuleName) => [
    meets({ events: [], end: CLEAN }),
    rule === undefined ? weakens({ events: pong }) : breaks({ events: pong }, rule),
  ];

  it("that fits first counts", () => {
    expect(line(dialog({ outcomes: outcomes() }), seen())).toBe("OK / OK");
    expect(line(dialog({ outcomes: outcomes() }), seen({ events: pong }))).toBe("NON-STRICT / OK");
  });

  it("breaks a rule of its own", () => {
    const testCase = dialog({ outcomes: outcomes("limits") });
    expect(line(testCase, seen({ events: pong }))).toBe("INFORMATIONAL / INFORMATIONAL");
  });
});

describe("whatever the outcomes are", () => {
  it("a testee that does not live on has crashed, and it is said how", () => {
    const dead = seen({ life: "gone", processEnd: "the process ended with SIGSEGV" });
    const { behavior, crashed, result, rule } = verdict(dialog({}), dead, "server");
    expect([behavior, crashed, rule]).toEqual(["FAILED", true, "livesOn"]);
    expect(result).toBe("Crash: the testee is gone (the process ended with SIGSEGV).");
  });

  it("a testee that hangs does not live on", () => {
    const { behavior, result } = verdict(dialog({}), seen({ life: "hangs" }), "server");
    expect(behavior).toBe("FAILED");
    expect(result).toBe("The testee answers no fresh connection: it hangs.");
  });

  it("a case without a connection has no verdict", () => {
    const nothing = { ...NOTHING_SEEN, unreached: "Could not connect." };
    expect(line(dialog({}), nothing)).toBe("NOT RUN / NOT RUN");
  });

  it("a connection that never opened is the testee's failure", () => {
    const wrong = seen({ opening: { is: "wrong", why: "no Upgrade" } });
    expect(line(dialog({}), wrong)).toBe("FAILED / FAILED");
  });

  it("a MUST that the testee's own frames break fails the case, a SHOULD does not", () => {
    const fault = (rule: RuleName) => seen({ faults: [{ rule, text: "something" }] });
    expect(line(dialog({}), fault("sentControl"))).toBe("FAILED / OK");
    expect(line(dialog({}), fault("sentUnusedCode"))).toBe("OK / OK");
  });

  it("what a rule asks of clients does not fail a server", () => {
    const faults = [{ rule: "freshMasks", text: "something" }] as const;
    expect(line(dialog({}), seen({ faults }))).toBe("OK / OK");
  });

  it("compression that was not agreed upon is no failure", () => {
    expect(line(dialog({}), seen({ agreed: "no" }))).toBe("UNIMPLEMENTED / OK");
    expect(line(dialog({}), seen({ agreed: "otherwise" }))).toBe("UNIMPLEMENTED / OK");
  });
});

describe("the close", () => {
  const failing = { by: "testee", codes: [1002] } as const;
  const testCase = dialog({ outcomes: [meets({ events: [], end: failing })] });
  const ending = (parts: Partial<Ending>) => seen({ ending: { ...ENDED, ...parts } });

  it("is judged by Autobahn's order", () => {
    expect(line(testCase, seen())).toBe("OK / FAILED");
    const testee = { closedByMe: false, remoteCloseCode: 1002 };
    expect(line(testCase, ending(testee))).toBe("OK / OK");
    expect(line(testCase, ending({ ...testee, remoteCloseCode: 1011 }))).toBe("OK / WRONG CODE");
    expect(line(testCase, ending({ ...testee, droppedByMe: true }))).toBe("OK / FAILED BY CLIENT");
    expect(line(dialog({}), ending({ wasClean: false }))).toBe("OK / UNCLEAN");
  });

  it("is not red where the rule is no MUST", () => {
    const should = dialog({
      rule: "invalidData",
      outcomes: [meets({ events: [], end: failing, unless: ["FAILED"] })],
    });
    expect(line(should, seen())).toBe("NON-STRICT / OK");
  });
});

it("memory over the bound fails an endurance case whose testee lives", () => {
  const testCase = {
    kind: "endurance",
    id: "25.1",
    only: "server",
    description: "A case.",
    rule: "livesOn",
    outcomes: [],
    bound: 64 * 2 ** 20,
    abuse: async () => "Done.",
  } as const;
  const grew = (mib: number) =>
    verdict(
      testCase,
      { ...NOTHING_SEEN, opening: { is: "open" }, growth: { before: 0, most: mib * 2 ** 20 } },
      "server",
    );
  expect(grew(64).behavior).toBe("OK");
  expect(grew(65)).toMatchObject({ behavior: "FAILED", crashed: false });
});
