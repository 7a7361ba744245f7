/** From what happened to the two verdicts of a case. The rules and their order are Autobahn's. */
import type { BehaviorClose, DialogCase, Event, Outcome } from "./case.ts";
import type { Peer } from "./peer.ts";
import { sameEvents } from "./result.ts";

/** Both verdicts of one case, each with its reason. */
export interface Verdict extends Outcome {
  behaviorClose: BehaviorClose;
  resultClose: string;
}

/** The verdict on a case whose connection opened and has ended. */
export function judge(
  testCase: DialogCase,
  peer: Peer,
  received: readonly Event[],
  outcome: Outcome,
): Verdict {
  const { otherwise } = testCase;
  if (otherwise !== undefined && sameEvents(received, otherwise.events)) {
    const { behavior, close } = otherwise;
    const result = otherwise.result ?? "Actual events match those that are tolerated.";
    return { behavior, result, ...judgeClose({ ...testCase, close }, peer) };
  }
  const verdict: Verdict = { ...outcome, ...judgeClose(testCase, peer) };
  for (const [behavior, events] of Object.entries(testCase.expected)) {
    if (!sameEvents(received, events, testCase.kindsApart)) continue;
    verdict.behavior = behavior as Outcome["behavior"];
    verdict.result = "Actual events match at least one expected.";
    break;
  }
  // For text that is not UTF-8: a testee that did not end the connection has not noticed.
  if (testCase.close.wrongEndIsFatal && testCase.close.closedByMe !== peer.closedByMe) {
    verdict.behavior = "FAILED";
  }
  return adjust(testCase, verdict);
}

/** The verdict on a case that needs permessage-deflate, for a testee that does not want it so. */
export function judgeUnimplemented(testCase: DialogCase, peer: Peer): Verdict {
  const close = { closedByMe: true, codes: [1000], requireClean: true };
  const result =
    peer.deflate === undefined
      ? "permessage-deflate was not negotiated."
      : "permessage-deflate was negotiated without the parameters that the case is about.";
  return {
    behavior: "UNIMPLEMENTED",
    result,
    ...judgeClose({ ...testCase, close }, peer),
  };
}

/** The verdict on a case whose opening handshake failed. */
export function judgeNeverOpen(testCase: DialogCase, why: string): Verdict {
  return adjust(testCase, {
    behavior: "FAILED",
    result: why,
    behaviorClose: "FAILED",
    resultClose: "The WebSocket opening handshake was never completed!",
  });
}

function adjust(testCase: DialogCase, verdict: Verdict): Verdict {
  if (testCase.informational !== undefined) {
    const result = testCase.informational(verdict.behavior);
    return { ...verdict, result, behavior: "INFORMATIONAL", behaviorClose: "INFORMATIONAL" };
  }
  if (testCase.wrongCodeFails && verdict.behaviorClose === "WRONG CODE") {
    return { ...verdict, behavior: "FAILED", result: verdict.resultClose };
  }
  return verdict;
}

function judgeClose(
  { close }: DialogCase,
  peer: Peer,
): { behaviorClose: BehaviorClose; resultClose: string } {
  if (close.closedByMe !== peer.closedByMe) {
    const resultClose = "The connection was failed by the wrong endpoint";
    return { behaviorClose: "FAILED", resultClose };
  }
  if (close.requireClean && !peer.wasClean) {
    const resultClose = "The spec requires the connection to be failed cleanly here";
    return { behaviorClose: "UNCLEAN", resultClose };
  }
  if (peer.remoteCloseCode !== null && !close.codes.includes(peer.remoteCloseCode)) {
    const resultClose = `The close code should have been ${close.codes.join(",")} or empty`;
    return { behaviorClose: "WRONG CODE", resultClose };
  }
  if (!peer.isServer && peer.droppedByMe) {
    const resultClose = "It is preferred that the server close the TCP connection";
    return { behaviorClose: "FAILED BY CLIENT", resultClose };
  }
  return { behaviorClose: "OK", resultClose: "Connection was properly closed" };
}
