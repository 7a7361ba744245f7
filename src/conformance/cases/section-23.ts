/** Section 23: close codes from 0 to 65535 by class (RFC 6455 §7.4), at the edges and between. */
import type { DialogCase, ExpectedClose } from "../case.ts";
import { CLEAN, close, kill } from "./steps.ts";

interface CodeClass {
  readonly title: string;
  readonly codes: readonly number[];
  readonly expects: "valid" | "invalid" | "undefined";
  /** RFC 6455 §7.4.1 has single codes; §7.4.2, where this is left out, has ranges. */
  readonly rule?: string;
}

/** Both ends of a range and some numbers between them, the same in every run. */
function sample(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => Math.round(from + step * i));
}

const SINGLE_CODES = "RFC 6455 §7.4.1";

const CLASSES: readonly CodeClass[] = [
  { title: "below 1000, which is not used", codes: sample(0, 999, 12), expects: "invalid" },
  {
    title: "defined by RFC 6455",
    codes: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011],
    expects: "valid",
    rule: SINGLE_CODES,
  },
  {
    title: "never to be sent: reserved, no status, abnormal end, TLS failure",
    codes: [1004, 1005, 1006, 1015],
    expects: "invalid",
    rule: SINGLE_CODES,
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

const REFUSED: ExpectedClose = { closedByMe: true, codes: [1002], requireClean: false };

function codeCase(id: string, { expects, title, rule }: CodeClass, code: number): DialogCase {
  const expectation = {
    valid: `A clean close with ${code === 1000 ? code : `1000 or ${code}`}.`,
    invalid: "Close with 1002, or the end of TCP.",
    undefined: "Anything may happen.",
  }[expects];
  return {
    kind: "dialog",
    id,
    description: `Close with ${code} (${title}).`,
    expectation,
    rules: [rule ?? "RFC 6455 §7.4.2"],
    expected: { OK: [] },
    close: expects === "invalid" ? REFUSED : { ...CLEAN, codes: [1000, code] },
    suppressClose: true,
    wrongCodeFails: true,
    ...(expects === "undefined" ? { informational: () => "The rules leave this open." } : {}),
    steps: () => [close(code), kill()],
  };
}

/** Cases 23.1.1 to 23.8.8. */
export const SECTION_23: readonly DialogCase[] = CLASSES.flatMap((codeClass, group) =>
  codeClass.codes.map((code, i) => codeCase(`23.${group + 1}.${i + 1}`, codeClass, code)),
);
