/** Answers a client's request as a case says, and says what the client made of it. */

import type { Line } from "../carrier/line.ts";
import type { AnswerCase, AnswerPart } from "../case.ts";
import type { Observation } from "../observation.ts";
import { encodeFrame, OPCODE } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import type { Head } from "../wire/head.ts";
import type { Attempt } from "./sighting.ts";
import { Wait } from "./wait.ts";

/** Longest wait for a client to do something with an answer, in milliseconds. */
const CLIENT_WAIT = 2000;

/**
 * The first byte of `GET`. A client for which the answer was one of plain HTTP may send its next request on
 * the same connection. Read as a frame, this byte would have a reserved opcode and RSV1.
 */
const REQUEST = 0x47;

/** Plays the case on the connection of a client whose request has been read. */
export function playAnswer(
  line: Line,
  request: Head,
  testCase: AnswerCase,
  attempt: Attempt,
): Promise<Partial<Observation>> {
  const answer = testCase.answer(request);
  attempt.request = request.raw;
  attempt.response = answer
    .map((part) => (Buffer.isBuffer(part) ? part.toString("latin1") : ""))
    .join("");
  return new Promise((resolve) => {
    let echoed = false;
    let timedOut = false;
    let begun = false;
    let asksAgain = false;
    const frames = new FrameReader({
      header: () => {},
      payload: () => {},
      end: ({ opcode }) => {
        // A Close frame or the like is no sign of an open connection; an echo is.
        if (opcode < 8) echoed = true;
        if (echoed) line.carrier.finish();
      },
    });
    const pauses = answer.reduce((sum, part) => sum + ("pause" in part ? part.pause : 0), 0);
    const wait = new Wait(CLIENT_WAIT + pauses, () => {
      timedOut = true;
      line.carrier.abort();
    });
    line.listen({
      data: (chunk) => {
        asksAgain ||= !begun && chunk[0] === REQUEST;
        begun = true;
        // The client sends it again elsewhere: what stands behind the answer here is no answer to it.
        if (asksAgain) line.carrier.abort();
        else frames.feed(chunk);
      },
      gone: () => {
        wait.end();
        if (echoed) resolve({ opening: { is: "open" } });
        else if (asksAgain) resolve({ opening: { is: "silent", wait: 0 } });
        else if (timedOut) resolve({ opening: { is: "silent", wait: CLIENT_WAIT }, waited: true });
        else resolve({ opening: { is: "ended" } });
      },
    });
    void play(line, answer);
  });
}

/** Sends the answer and then a message, which an open client echoes. */
async function play(line: Line, answer: readonly AnswerPart[]): Promise<void> {
  for (const part of answer) {
    if (Buffer.isBuffer(part)) line.carrier.send(part);
    else await new Promise((resolve) => setTimeout(resolve, part.pause));
  }
  const message = { opcode: OPCODE.text, payload: Buffer.from("conform") };
  line.carrier.send(encodeFrame(message, undefined));
}
