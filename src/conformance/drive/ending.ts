/** How a connection ends: what is said before it has ended, and what a Close of the testee says of it. */
import type { Ending, Fault } from "../observation.ts";
import { Utf8Check } from "../wire/utf8-check.ts";

/** An ending that comes to be known bit by bit. */
export type GrowingEnding = { -readonly [K in keyof Ending]: Ending[K] };

/** The ending of a connection that is open. */
export const notYet = (isServer: boolean): GrowingEnding => ({
  closedByMe: false,
  failedByMe: false,
  droppedByMe: false,
  wasClean: false,
  wasNotCleanReason: null,
  wasServerConnectionDropTimeout: false,
  wasCloseHandshakeTimeout: false,
  localCloseCode: null,
  localCloseReason: null,
  remoteCloseCode: null,
  remoteCloseReason: null,
  isServer,
  closeCame: false,
  wasReset: false,
});

/** What the payload of a Close frame says (§5.5.1). */
export interface CloseBody {
  /** `null` where there is none. */
  readonly code: number | null;
  /** `null` where there is none. Bytes that are not UTF-8 are replaced. */
  readonly reason: string | null;
}

/** Reads the payload of a Close frame, right or wrong. */
export const closeBody = (payload: Buffer): CloseBody => ({
  code: payload.length > 1 ? payload.readUInt16BE() : null,
  reason: payload.length > 2 ? payload.toString("utf8", 2) : null,
});

/** The rules that the payload of the testee's Close breaks, and the code with which each fails the connection. */
export function closeFaults(payload: Buffer): readonly (readonly [code: number, fault: Fault])[] {
  const faults: [number, Fault][] = [];
  const { code } = closeBody(payload);
  if (code !== null && !closeCodeAllowed(code)) faults.push([1002, closeCodeFault(code)]);
  const check = new Utf8Check();
  check.feed(payload.subarray(2));
  if (!check.complete()) {
    const text = "§5.5.1: the reason in its Close is not valid UTF-8";
    faults.push([1007, { rule: "sentCloseReason", text }]);
  }
  return faults;
}

/** Whether a close code may be on the wire for Autobahn (§7.4, before 1012 to 1014 came). */
export function closeCodeAllowed(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011].includes(code);
}

/** The rule that a close code breaks which must not be on the wire. */
function closeCodeFault(code: number): Fault {
  const never = [1005, 1006, 1015].includes(code);
  return { rule: never ? "sentCloseCode" : "sentUnusedCode", text: `§7.4: close code ${code}` };
}
