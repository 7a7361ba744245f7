/** Asks a server for a WebSocket in some other way than the right one, and says what was seen. */

import { Line } from "../carrier/line.ts";
import type { RequestCase } from "../case.ts";
import type { Observation, Opening } from "../observation.ts";
import { KEY, rightRequest } from "../opening/handshake.ts";
import { type HeadParts, textOf } from "../opening/head-changes.ts";
import { openingOf } from "../opening/server-answer.ts";
import { open, type Testee } from "../testee.ts";
import { OPCODE } from "../wire/frame.ts";
import { openHttp2Stream } from "./open.ts";
import { clientFrame, RawConnection } from "./raw-connection.ts";
import type { Attempt } from "./sighting.ts";

/** Connections to the testee may take this long, and an answer that, in milliseconds. */
const CONNECT_WAIT = 5000;
const ANSWER_WAIT = 3000;
/** Longest wait for a message to come back, in milliseconds. */
const ECHO_WAIT = 3000;
/** Longest request that is shown whole in reports. */
const SHOWN = 4000;

/** Plays the case. Rejects when the testee cannot be reached. */
export async function playRequest(
  testee: Testee,
  testCase: RequestCase,
  attempt: Attempt,
): Promise<Partial<Observation>> {
  const request = testCase.change(rightRequest(testee, KEY));
  const { connection, opening } = testee.http2
    ? await askOverHttp2(testee, request, attempt)
    : await ask(testee, testCase, request, attempt);
  if (opening.is === "open") attempt.open();
  const payloads = await listen(connection, testCase, opening);
  connection.abort();
  return {
    opening,
    events: payloads.map((payload) => ({ kind: "message", payload, binary: false })),
    closeless: connection.ended && connection.closeCode === undefined,
    waited: opening.is === "silent",
  };
}

async function ask(
  testee: Testee,
  { behind, pace }: RequestCase,
  request: HeadParts | string,
  attempt: Attempt,
) {
  const connection = new RawConnection(
    Line.over(await open(testee, CONNECT_WAIT), attempt.recorder),
  );
  const text = typeof request === "string" ? request : textOf(request);
  attempt.request = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  connection.send(
    Buffer.concat([Buffer.from(text, "latin1"), behind?.() ?? Buffer.alloc(0)]),
    pace,
  );
  const head = await connection.head(ANSWER_WAIT);
  attempt.response = head?.raw ?? connection.partialHead;
  const opening: Opening =
    head !== undefined
      ? openingOf(head, text)
      : connection.ended
        ? { is: "ended" }
        : { is: "silent", wait: ANSWER_WAIT };
  return { connection, opening };
}

/** Only more fields make sense on a stream; they are those that the right request has not. */
async function askOverHttp2(testee: Testee, request: HeadParts | string, attempt: Attempt) {
  const right = rightRequest(testee, KEY).fields.map(([name]) => name);
  const fields = typeof request === "string" ? [] : request.fields;
  const more = fields.filter(([name]) => !right.includes(name));
  const { line, opening } = await openHttp2Stream(testee, more, attempt);
  return { connection: new RawConnection(line, NO_HEAD), opening };
}

/** The head of an answer on a stream has been read already. */
const NO_HEAD = { start: "", fields: [], raw: "" };

/** The messages that come once the WebSocket is open, until what was sent has come back. */
async function listen(
  connection: RawConnection,
  { behind, afterwards, listen: wait }: RequestCase,
  opening: Opening,
): Promise<readonly Buffer[]> {
  if (opening.is !== "open") return [];
  if (afterwards !== undefined) connection.send(clientFrame(OPCODE.text, afterwards));
  if (afterwards === undefined && behind === undefined) return [];
  const came: Buffer[] = [];
  const deadline = performance.now() + (wait ?? ECHO_WAIT);
  while (performance.now() < deadline) {
    const message = await connection.message(deadline - performance.now());
    if (message === undefined) break;
    came.push(message);
    if (message.toString() === afterwards || afterwards === undefined) break;
  }
  return came;
}
