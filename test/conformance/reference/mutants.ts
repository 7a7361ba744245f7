/** For each case a peer that is wrong in just the point that the case is about. */
import type { Case, Role } from "../../../src/conformance/case.ts";
import { ruleNamed } from "../../../src/conformance/rules.ts";
import { applyMask } from "../../../src/conformance/wire/frame.ts";
import type { Faults } from "./faults.ts";

type Rule = readonly [cases: RegExp, faults: Faults];

const lengths = (id: string) => {
  const index = Number(id.split(".")[2]) - 1;
  return [0, 125, 126, 127, 128, 65_535, 65_536, 65_536][index];
};

const noPong: Faults = { pong: () => undefined };
const garbled = (payload: Buffer) => Buffer.concat([payload.subarray(0, -1), Buffer.from("?")]);

/** One connection is served, and none after it. */
const DIES: Faults = { servesOnly: 1 };

/** The first rule that fits a case says what its mutant gets wrong. */
const RULES: readonly Rule[] = [
  [/^2\.(1|4|6)$/, noPong],
  [/^2\.(2|3|9|10|11)$/, { pong: garbled }],
  [/^2\.5$/, { takesLongControl: true }],
  [/^2\.[78]$/, { answersPong: true }],
  [/^3\./, { ignoresRsv: 7 }],
  [/^4\.1\./, { ignoresOpcodes: [3, 4, 5, 6, 7] }],
  [/^4\.2\./, { ignoresOpcodes: [11, 12, 13, 14, 15] }],
  [/^5\.[12]$/, { takesFragmentedControl: true }],
  [/^5\.[3-8]$/, { fragmentsAreMessages: true }],
  [/^5\.(9|1[0-7])$/, { ignoresStrayContinuation: true }],
  [/^5\.18$/, { takesMessageInside: true }],
  [/^5\.(19|20)$/, { pongsLate: true }],
  [/^6\.1\.[12]$/, { loses: (payload) => payload.length === 0 }],
  [/^6\.1\.3$/, { fragmentsAreMessages: true }],
  [/^6\.2\./, { alters: (payload) => Buffer.from(payload.toString("latin1")) }],
  [/^6\.(3|4)\./, { utf8: "never" }],
  [/^7\.1\.1$/, { closeCode: () => 1003 }],
  [/^7\.1\.2$/, { silentOnClose: true }],
  [/^7\.1\.[345]$/, { servesAfterClose: true }],
  [/^7\.3\.[1345]$/, { closeCode: () => 1002 }],
  [/^7\.3\.(2|6)$/, { takesAnyClose: true, takesLongControl: true }],
  [/^7\.5\.1$/, { takesAnyClose: true }],
  // A code that is neither the one sent nor 1000.
  [/^7\.7\./, { closeCode: () => 4321 }],
  [/^7\.9\./, { takesAnyClose: true }],
  // 4 MiB in fragments of 4 MiB is one frame.
  [/^9\.[34]\.9$/, { alters: (payload) => payload.subarray(1) }],
  [/^9\.[34]\./, { fragmentsAreMessages: true }],
  [/^9\.[1256]\./, { alters: (payload) => payload.subarray(1) }],
  [/^9\.[78]\./, { swapsType: true }],
  [/^10\./, { fragmentsAreMessages: true }],
  [/^12\./, { alters: flipLast }],
  [/^13\.[2567]\./, { breaksNoTakeover: true }],
  [/^13\./, { alters: flipLast }],
  [/^22\.1\./, { takesPaddedLength: true }],
  [/^22\.2\.[36]$/, DIES],
  [/^22\.2\./, { takesHugeLength: true, takesLongControl: true }],
  [/^22\.3\.12$/, { alters: flipLast }],
  [/^22\.3\./, { ignoresMask: true }],
  [/^22\.4\./, { ignoresOpcodes: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] }],
  [/^22\.5\./, { ignoresRsv: 7 }],
  [/^22\.6\.(4|10)$/, { pong: garbled }],
  [/^22\.6\.(6|12)$/, { loses: () => true }],
  [/^22\.6\./, { alters: flipLast }],
  [/^22\.7\.1$/, { servesAfterClose: true }],
  [/^22\.7\.2$/, { servesAfterClose: true, answersPong: true }],
  [/^22\.7\./, { silentOnClose: true }],
  [/^22\.8\./, { closeCode: () => 1002 }],
  [/^22\.9\.1$/, { pong: garbled }],
  [/^22\.9\.[23]$/, { fragmentsAreMessages: true }],
  [/^22\.9\.4$/, { pongsLate: true }],
  [/^22\.9\.5$/, { alters: (payload) => payload.subarray(3) }],
  [/^22\.9\.6$/, { alters: (payload) => payload.filter((byte) => byte > 0) as Buffer }],
  [/^22\.9\.7$/, { swapsType: true }],
  [/^22\.9\.8$/, { answersPong: true }],
  [/^22\.9\.9$/, { refusesText: () => true }],
  // A good code is answered with another, a bad one is taken.
  [/^23\.[267]\./, { closeCode: () => 4321 }],
  [/^23\.[135]\./, { takesAnyClose: true, closeCode: () => 1000 }],
  [/^24\.1\.1$/, { loses: () => true }],
  [/^24\.1\./, { losesCompressed: true }],
  [/^24\.2\.[456]$/, { ignoresRsv: 7, utf8: "never" }],
  [/^24\.2\./, { ignoresRsv: 7 }],
  [/^24\.3\.[56]$/, { utf8: "never" }],
  [/^24\.3\./, { takesCorrupt: true }],
  [/^24\.6\.7$/, { remembersPlain: true }],
  [/^24\.[67]\./, { takesCorrupt: true }],
  [/^24\.8\.[128]$/, { breaksNoTakeover: true }],
  [/^24\.8\./, { breaksWindow: true }],
  [/^24\.9\.2$/, { forgetsAfter: "plain" }],
  [/^24\.9\.[36]$/, { forgetsAfter: "ping" }],
  [/^24\.9\.4$/, { forgetsAfter: "empty" }],
  [/^24\.9\.5$/, { forgetsAfter: "final" }],
  [/^24\.9\.([89]|10)$/, { halvesWindow: true }],
  [/^24\.9\./, { forgetsAfter: "any message" }],
  [/^24\.4\./, DIES],
  [/^24\.10\./, { alters: flipLast }],
  [/^(25\.(2[1-9]|3\d)|21\.3\.9|27\.2\.([2-9]|10))$/, { leaves: true }],
  [/^(25|20\.9)\./, DIES],
  [/^20\.(1\.7|4\.8|5\.[1-6]|6\.4|6\.6|7\.5|8\.3|10\.[2567])$/, { mute: true }],
  [/^27\.1\.20$/, { ignoresStrayContinuation: true }],
  [/^27\.2\.1$/, { fixedMask: true }],
  [/^27\./, DIES],
];

function flipLast(payload: Buffer): Buffer {
  const copy = Buffer.from(payload);
  applyMask(copy.subarray(-1), Buffer.from([1, 0, 0, 0]));
  return copy;
}

/** What the mutant for a case gets wrong; `valid` says whether a text of section 6 is valid. */
export function mutantFor(testCase: Case, valid: boolean): Faults {
  const { id } = testCase;
  const first = testCase.outcomes.find(({ counts }) => counts === "meets")?.when.opening;
  if (testCase.kind === "answer") {
    return first === "open" ? { opensNever: true } : { opensAlways: true };
  }
  if (id.startsWith("24.5.")) {
    const accepts = testCase.rule === "offerAnswered";
    return {
      answersExtension: `permessage-deflate${accepts ? "; client_max_window_bits=16" : ""}`,
    };
  }
  const faults = faultsFor(id, valid);
  if (faults !== undefined) return faults;
  if (testCase.kind === "request") {
    return first === "open" ? { opensNever: true } : { opensAlways: true };
  }
  throw new Error(`no mutant for case ${id}`);
}

function faultsFor(id: string, valid: boolean): Faults | undefined {
  if (/^1\./.test(id)) {
    const binary = id.startsWith("1.2");
    return { loses: (payload, type) => payload.length === lengths(id) && type === binary };
  }
  if (/^6\.([5-9]|1\d|2\d)\./.test(id)) {
    return valid ? { refusesText: () => true } : { utf8: "never" };
  }
  return RULES.find(([cases]) => cases.test(id))?.[1];
}

/** Cases whose verdict is INFORMATIONAL whatever a testee does that lives; a client is not asked that. */
export function cannotFail({ dangerous, otherwise, rule }: Case, role: Role): boolean {
  const looked = role === "server" && dangerous === true;
  return ruleNamed(otherwise ?? rule).strength === "MAY" && !looked;
}
