/** Cases over HTTP/2 (RFC 8441), from the connection to the result. */
import type { DialogCase, Http2ProbeCase } from "../case.ts";
import { type AttemptOptions, DialogRun, OPEN_WAIT, type Subject } from "../dialog-run.ts";
import { offeredProtocols } from "../opening.ts";
import { foundBy, ProbeReport } from "../probe-report.ts";
import type { CaseResult } from "../result.ts";
import type { Testee } from "../testee.ts";
import {
  checkConnectAnswer,
  connectRequest,
  deflateFields,
  openSession,
  shownFields,
} from "./opening.ts";
import { Http2Probe } from "./probe.ts";
import type { Session } from "./session.ts";
import { StreamLink } from "./stream-link.ts";

/** Plays a case on a stream of a connection of its own. Resolves whatever the server does. */
export async function attemptHttp2(
  testee: Testee,
  testCase: DialogCase,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  const run = new DialogRun(testCase, subject, false);
  let session: Session;
  try {
    session = await openSession(testee, run.recorder, OPEN_WAIT);
  } catch (error) {
    return run.neverOpen(`Could not connect: ${(error as Error).message}`);
  }
  const fields = connectRequest(testee, deflateFields(testCase.deflate));
  run.request = shownFields(fields);
  const stream = session.request(fields);
  const { head, late } = await answerOf(session, stream);
  if (head === undefined) {
    session.abort();
    return run.neverOpen(late ? `No answer came within ${OPEN_WAIT} ms.` : ENDED, late);
  }
  run.response = shownFields(stream.fields);
  const opened = checkConnectAnswer(head, testCase.deflate, offeredProtocols(testee.headers));
  if ("refused" in opened) {
    session.abort();
    return run.neverOpen(opened.refused);
  }
  return new Promise((resolve) => {
    const link = new StreamLink(session, stream, {
      data: (chunk) => run.receive(chunk),
      gone: () => {
        session.close();
        resolve(run.gone(ENDED));
      },
    });
    run.begin(link, opened.deflate, options);
    link.start();
  });
}

const ENDED = "The testee ended the stream during the opening handshake.";

async function answerOf(session: Session, stream: ReturnType<Session["request"]>) {
  await session.until(() => stream.head !== undefined || stream.over, OPEN_WAIT);
  return { head: stream.head, late: stream.head === undefined && !stream.over };
}

/** Runs a probe of a server's HTTP/2. Resolves whatever the server does. */
export async function attemptHttp2Probe(
  testee: Testee,
  testCase: Http2ProbeCase,
  subject: Subject,
  { timeout }: AttemptOptions,
): Promise<CaseResult> {
  const report = new ProbeReport(testCase, subject, false);
  const probe = new Http2Probe(testee, report.recorder);
  const finding = await foundBy(() => testCase.probe(probe), timeout);
  probe.end();
  return report.result(finding, probe.request, probe.response);
}
