/** One case against one testee, from the connection to the result. */
import type { Socket } from "node:net";
import { ArgumentError } from "../errors.ts";
import { attemptClientEndurance, type Returns } from "./attempt-endurance.ts";
import { attemptClientProbe, attemptServerProbe } from "./attempt-probe.ts";
import type { Case, DialogCase } from "./case.ts";
import { type AttemptOptions, DialogRun, OPEN_WAIT, type Subject } from "./dialog-run.ts";
import { attemptHttp2, attemptHttp2Probe } from "./http2/attempt.ts";
import { answerRequest, checkAnswer, offeredProtocols, openingRequest } from "./opening.ts";
import type { CaseResult } from "./result.ts";
import { open, type Testee } from "./testee.ts";
import type { Head } from "./wire/head.ts";

/** Tests a server: connects, opens, plays the case. Resolves whatever the server does. */
async function attemptServer(
  testee: Testee,
  testCase: DialogCase,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  const run = new DialogRun(testCase, subject, false);
  let socket: Socket;
  try {
    socket = await open(testee, OPEN_WAIT);
  } catch (error) {
    return run.neverOpen(`Could not connect: ${(error as Error).message}`);
  }
  const { head, key } = openingRequest({ ...testee, deflate: testCase.deflate });
  run.request = head;
  return run.play(socket, options, (link, reader, chunk) => {
    if (chunk === undefined) {
      link.send(Buffer.from(head, "latin1"));
      return undefined;
    }
    const answer = reader.feed(chunk);
    if (answer === undefined) return undefined;
    run.response = answer.raw;
    return checkAnswer(answer, key, testCase.deflate, offeredProtocols(testee.headers));
  });
}

/** Tests a client whose request has been read: answers it, plays the case. */
function attemptClient(
  socket: Socket,
  request: Head,
  rest: Buffer,
  testCase: DialogCase,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  const run = new DialogRun(testCase, subject, true);
  run.request = request.raw;
  const answer = answerRequest(request, testCase.deflate, options.protocols);
  run.response = answer.head;
  return run.play(socket, options, (link, reader) => {
    link.send(Buffer.from(answer.head, "latin1"));
    reader.rest = Buffer.from(rest);
    return answer.opened;
  });
}

/** Any case against a server. */
export function attempt(
  testee: Testee,
  testCase: Case,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  switch (testCase.kind) {
    case "dialog": {
      const play = testee.http2 ? attemptHttp2 : attemptServer;
      return play(testee, testCase, subject, options);
    }
    case "http2-probe":
      return attemptHttp2Probe(testee, testCase, subject, options);
    case "server-probe":
      return attemptServerProbe(testee, testCase, subject, options);
    case "client-endurance":
    case "client-probe":
      throw new ArgumentError(`case ${testCase.id} tests clients, not servers`);
  }
}

/** Any case against a client whose request has been read; `returns` waits for its next request. */
export function attemptWithClient(
  socket: Socket,
  request: Head,
  rest: Buffer,
  testCase: Case,
  subject: Subject,
  options: AttemptOptions,
  returns: Returns,
): Promise<CaseResult> {
  switch (testCase.kind) {
    case "client-endurance":
      return attemptClientEndurance(socket, request, testCase, subject, options, returns);
    case "dialog":
      return attemptClient(socket, request, rest, testCase, subject, options);
    case "client-probe":
      return attemptClientProbe(socket, request, rest, testCase, subject);
    case "http2-probe":
    case "server-probe":
      throw new ArgumentError(`case ${testCase.id} tests servers, not clients`);
  }
}
