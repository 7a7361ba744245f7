/** For each case of section 26 a server that is wrong in just the point that the case is about. */
import type { Http2Case } from "../../../src/conformance/case.ts";
import type { Http2Faults } from "./http2-faults.ts";

type Rule = readonly [cases: RegExp, faults: () => Http2Faults];

/** Every message after the first is lost. */
const losesLater = (): Http2Faults => {
  let count = 0;
  return { websocket: { loses: () => count++ > 0 } };
};

const RULES: readonly Rule[] = [
  [/^26\.1\.1$/, () => ({ announcesNothing: true })],
  [/^26\.1\.3$/, () => ({ answers: [["connection", "upgrade"]] })],
  [/^26\.1\.4$/, () => ({ answers: [["sec-websocket-accept", "x"]] })],
  [/^26\.1\.8$/, () => ({ answers: [["sec-websocket-protocol", "c.example"]] })],
  [/^26\.1\.9$/, () => ({ answers: [["sec-websocket-extensions", "x-unknown"]] })],
  [/^26\.1\.10$/, () => ({ skipsContinuation: true })],
  [/^26\.1\.11$/, () => ({ takesPaddedHeaders: true })],
  [/^26\.1\.12$/, () => ({ wantsWholeFrames: true })],
  [/^26\.1\.13$/, () => ({ losesEarly: true })],
  [/^26\.3\.[12]$/, () => ({ wantsWholeMessages: true })],
  [/^26\.3\.3$/, () => ({ endsOnEmpty: true })],
  [/^26\.3\.[456]$/, () => ({ keepsPadding: true })],
  [/^26\.3\.7$/, losesLater],
  [/^26\.3\.8$/, () => ({ givesNothingBack: true })],
  [/^26\.3\.9$/, () => ({ hatesOthers: true })],
  [/^26\.3\.10$/, () => ({ skipsTooPadded: true })],
  [/^26\.4\.1$/, () => ({ resetsStreams: true })],
  [/^26\.4\.2$/, () => ({ websocket: { silentOnClose: true } })],
  [/^26\.4\.[34]$/, () => ({ keepsStreams: true })],
  [/^26\.4\.5$/, () => ({ websocket: { ignoresRsv: 7 } })],
  [/^26\.4\.[6-9]$/, () => ({ endsConnection: true })],
  [/^26\.4\.10$/, () => ({ mixesStreams: true })],
  [/^26\.4\.11$/, () => ({ mostStreams: 10 })],
  [/^26\.4\.12$/, () => ({ leavesOnGoaway: true })],
  [/^26\.5\.1$/, () => ({ ignoresWindows: "stream" })],
  [/^26\.5\.2$/, () => ({ ignoresChanges: true })],
  [/^26\.5\.3$/, () => ({ queuesTogether: true })],
  [/^26\.5\.4$/, () => ({ ignoresWindows: "connection" })],
  [/^26\.5\.5$/, () => ({ ignoresWindows: "stream" })],
  [/^26\.5\.6$/, () => ({ longFrames: true })],
  [/^26\.5\.[78]$/, () => ({ givesNothingBack: true })],
  [/^26\.5\.9$/, () => ({ forgetsPadding: true })],
  [/^26\.6\./, () => ({ websocket: { losesCompressed: true } })],
];

export function http2MutantFor({ id, outcomes }: Http2Case): Http2Faults {
  const rule = RULES.find(([cases]) => cases.test(id));
  if (rule !== undefined) return rule[1]();
  const opening = outcomes[0]?.when.opening;
  if (opening === "refused") return { opensAlways: true };
  if (opening === "open") return { opensNever: true };
  throw new Error(`no mutant for case ${id}`);
}
