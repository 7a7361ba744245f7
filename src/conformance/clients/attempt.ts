/** One case against one client, whose request has been read. */

import type { Socket } from "node:net";
import { ArgumentError } from "../../errors.ts";
import { Line } from "../carrier/line.ts";
import type { Case, DialogCase, EnduranceCase } from "../case.ts";
import { isAutobahn } from "../case-numbers.ts";
import { playAnswer } from "../drive/answer.ts";
import { playDialog } from "../drive/dialog.ts";
import { type Returns, wearOutClient } from "../drive/endurance.ts";
import { RawConnection } from "../drive/raw-connection.ts";
import { Attempt, type Sighting } from "../drive/sighting.ts";
import type { Observation } from "../observation.ts";
import { answerRequest } from "../opening/client-answer.ts";
import type { AttemptOptions } from "../run/attempt.ts";
import { encodeFrame, OPCODE } from "../wire/frame.ts";
import type { Head } from "../wire/head.ts";

/** What an attempt needs besides the case and the client. */
export interface ClientAttemptOptions extends Pick<AttemptOptions, "timeout" | "scale"> {
  /** Subprotocols that clients may choose from. */
  readonly protocols: readonly string[];
}

/** A client's request as it was read, and the socket that it came on. */
export interface Visit {
  readonly socket: Socket;
  readonly request: Head;
  /** Bytes that came behind the request. */
  readonly rest: Buffer;
}

/** Plays a case against a client; `returns` waits for its next request. Resolves whatever it does. */
export async function attemptClient(
  visit: Visit,
  testCase: Case,
  options: ClientAttemptOptions,
  returns: Returns,
): Promise<Sighting> {
  const attempt = new Attempt(true);
  const line = Line.over(visit.socket, attempt.recorder);
  line.hold(Buffer.from(visit.rest));
  attempt.request = visit.request.raw;
  return attempt.end(await played(visit, line, testCase, attempt, options, returns));
}

function played(
  { request }: Visit,
  line: Line,
  testCase: Case,
  attempt: Attempt,
  options: ClientAttemptOptions,
  returns: Returns,
): Promise<Partial<Observation>> {
  switch (testCase.kind) {
    case "dialog":
      return dialogWithClient(line, request, testCase, attempt, options);
    case "answer":
      return playAnswer(line, request, testCase, attempt);
    case "endurance":
      if (testCase.only === "server") break;
      return endured(line, request, testCase, attempt, options, returns);
    case "http2":
    case "request":
      break;
  }
  throw new ArgumentError(`case ${testCase.id} tests servers, not clients`);
}

async function dialogWithClient(
  line: Line,
  request: Head,
  testCase: DialogCase,
  attempt: Attempt,
  { protocols, scale, timeout }: ClientAttemptOptions,
): Promise<Partial<Observation>> {
  const { head, opened } = answerRequest(request, testCase.deflate, protocols);
  attempt.response = head;
  line.carrier.send(Buffer.from(head, "latin1"));
  if ("refused" in opened) {
    line.carrier.finish();
    return { opening: { is: "wrong", why: opened.refused } };
  }
  const asks = testCase.deflate !== undefined && !isAutobahn(testCase.id);
  if (asks && !(await keepsAnswer(line, request))) {
    return { opening: { is: "open" }, agreed: "declined" };
  }
  attempt.open();
  return playDialog(testCase, line, attempt, { deflate: opened.deflate, timeout, scale });
}

/** Longest wait for a client's first Pong, in milliseconds. */
const PONG_WAIT = 2000;

/**
 * Whether a client still is there when it has read the answer: it has to fail one with parameters that
 * it does not support (RFC 7692 §7.1), and must not be blamed for what came behind.
 */
async function keepsAnswer(line: Line, request: Head): Promise<boolean> {
  const connection = new RawConnection(line, request);
  connection.send(encodeFrame({ opcode: OPCODE.ping, payload: Buffer.from("opened") }, undefined));
  await connection.until(() => connection.pongs > 0, PONG_WAIT);
  line.hold(Buffer.alloc(0));
  return !connection.ended;
}

async function endured(
  line: Line,
  request: Head,
  testCase: EnduranceCase,
  attempt: Attempt,
  { timeout }: ClientAttemptOptions,
  returns: Returns,
): Promise<Partial<Observation>> {
  if (!testCase.unanswered) {
    const { head, opened } = answerRequest(request, testCase.deflate);
    const more = (testCase.answer ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    attempt.response = head.replace(/\r\n$/, `${more}\r\n`);
    line.carrier.send(Buffer.from(attempt.response, "latin1"));
    if ("refused" in opened) {
      line.carrier.finish();
      return { opening: { is: "wrong", why: opened.refused } };
    }
    if (testCase.deflate !== undefined && opened.deflate === undefined) {
      line.carrier.finish();
      return { opening: { is: "open" }, agreed: "no" };
    }
  }
  return wearOutClient(line, request, testCase, timeout, returns);
}
