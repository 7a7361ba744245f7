/** The verdict on how a connection ended, from what was expected of it. The order is Autobahn's. */
import type { Ending } from "./observation.ts";

/** The verdict on how the connection ended. */
export type BehaviorClose =
  | "OK"
  | "INFORMATIONAL"
  | "FAILED"
  | "WRONG CODE"
  | "UNCLEAN"
  | "FAILED BY CLIENT"
  | "NOT RUN";

/** How a connection has to end. */
export interface ExpectedEnd {
  /** Who must begin: send the first Close, or end TCP. */
  readonly by: "judge" | "testee" | "either";
  /** Codes that a Close of the testee may carry, any when left out; one without a code is always accepted. */
  readonly codes?: readonly number[];
  /** Codes that a Close of the testee may not carry. */
  readonly notCodes?: readonly number[];
  /** Whether the closing handshake must have been complete (RFC 6455 §7.1.4). */
  readonly clean?: boolean;
}

/** The verdict with its reason. */
export interface CloseVerdict {
  readonly behaviorClose: BehaviorClose;
  readonly resultClose: string;
}

const verdict = (behaviorClose: BehaviorClose, resultClose: string): CloseVerdict => ({
  behaviorClose,
  resultClose,
});

/** Judges how a connection ended. */
export function closeVerdict(expected: ExpectedEnd, ending: Ending): CloseVerdict {
  const { by, clean, codes, notCodes } = expected;
  if (by !== "either" && (by === "judge") !== ending.closedByMe) {
    return verdict("FAILED", "The connection was failed by the wrong endpoint");
  }
  if (clean && !ending.wasClean) {
    return verdict("UNCLEAN", "The spec requires the connection to be failed cleanly here");
  }
  const { droppedByMe, isServer, remoteCloseCode } = ending;
  if (codes !== undefined && remoteCloseCode !== null && !codes.includes(remoteCloseCode)) {
    return verdict("WRONG CODE", `The close code should have been ${codes.join(",")} or empty`);
  }
  if (remoteCloseCode !== null && notCodes?.includes(remoteCloseCode)) {
    return verdict("WRONG CODE", `The close code ${remoteCloseCode} does not say why`);
  }
  if (!isServer && droppedByMe) {
    const text = "It is preferred that the server close the TCP connection";
    return verdict("FAILED BY CLIENT", text);
  }
  return verdict("OK", "Connection was properly closed");
}
