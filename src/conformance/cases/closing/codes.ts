/** Close codes (RFC 6455 §7.4): Autobahn's, and by class from 0 to 65535, at the edges and between. */
import type { DialogCase } from "../../case.ts";
import { breaks, meets, type Outcome } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { CLEAN, closedWith, dialog, eventsThen } from "../builders.ts";
import { close, kill } from "../steps.ts";

const GOOD = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const BAD = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const UNDEFINED = [5000, 65535];

const closing = (
  id: string,
  description: string,
  rule: RuleName,
  code: number,
  outcomes: readonly Outcome[],
): DialogCase => dialog({ id, description, rule, outcomes, steps: () => [close(code), kill()] });

const AUTOBAHN: readonly DialogCase[] = [
  ...GOOD.map((code, i) =>
    closing(`7.7.${i + 1}`, `Close with ${code}.`, "closeAnswered", code, [
      eventsThen([], { ...CLEAN, codes: [1000, code] }, ["WRONG CODE"]),
    ]),
  ),
  ...BAD.map((code, i) =>
    closing(`7.9.${i + 1}`, `Close with ${code}, which must not be sent.`, "closeValid", code, [
      eventsThen([], { by: "judge", codes: [1002] }, ["WRONG CODE"]),
    ]),
  ),
  ...UNDEFINED.map((code, i) =>
    closing(`7.13.${i + 1}`, `Close with ${code}.`, "codeUndefined", code, [
      breaks({ end: { by: "judge", codes: [1000, code, 1002] } }, "codeUndefined"),
    ]),
  ),
];

interface CodeClass {
  readonly title: string;
  readonly codes: readonly number[];
  readonly expects: "valid" | "invalid" | "undefined";
}

/** Both ends of a range and some numbers between them, the same in every run. */
function sample(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => Math.round(from + step * i));
}

const CLASSES: readonly CodeClass[] = [
  { title: "below 1000, which is not used", codes: sample(0, 999, 12), expects: "invalid" },
  {
    title: "defined by RFC 6455",
    codes: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011],
    expects: "valid",
  },
  {
    title: "never to be sent: reserved, no status, abnormal end, TLS failure",
    codes: [1004, 1005, 1006, 1015],
    expects: "invalid",
  },
  // Registered after RFC 6455; an implementation may or may not know them.
  { title: "registered later", codes: [1012, 1013, 1014], expects: "undefined" },
  { title: "not registered", codes: sample(1016, 2999, 12), expects: "invalid" },
  { title: "for libraries and frameworks", codes: sample(3000, 3999, 8), expects: "valid" },
  { title: "for private use", codes: sample(4000, 4999, 8), expects: "valid" },
  {
    title: "over 4999, of which §7.4.2 says nothing",
    codes: sample(5000, 65_535, 8),
    expects: "undefined",
  },
];

/**
 * No rule binds who receives a bad code but §10.7, a SHOULD; who echoes 1005, 1006 or 1015 sends what
 * must not be sent. Of a good code §5.5.1 says that it typically is echoed.
 */
function outcomesOf(expects: CodeClass["expects"], code: number): Outcome[] {
  switch (expects) {
    case "valid":
      return [
        ...closedWith(1000, code),
        breaks(
          { end: { by: "judge", clean: true }, unless: ["FAILED", "UNCLEAN"] },
          "codeEchoed",
          "The Close was answered with another code.",
        ),
      ];
    case "invalid":
      return [
        meets({
          events: [],
          end: { by: "judge", codes: [1002] },
          unless: ["FAILED", "WRONG CODE"],
        }),
      ];
    case "undefined":
      return [];
  }
}

const RULE_OF: Readonly<Record<CodeClass["expects"], RuleName>> = {
  valid: "closeAnswered",
  invalid: "codeRefused",
  undefined: "codeUndefined",
};

function codeCase(id: string, { expects, title }: CodeClass, code: number): DialogCase {
  return {
    ...closing(
      id,
      `Close with ${code} (${title}).`,
      RULE_OF[expects],
      code,
      outcomesOf(expects, code),
    ),
    suppressClose: true,
  };
}

/** Cases 7.7.1 to 7.13.2 and 23.1.1 to 23.8.8. */
export const CODES: readonly DialogCase[] = [
  ...AUTOBAHN,
  ...CLASSES.flatMap((codeClass, group) =>
    codeClass.codes.map((code, i) => codeCase(`23.${group + 1}.${i + 1}`, codeClass, code)),
  ),
];
