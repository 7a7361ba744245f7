/** Cases that wear out a client, from its request to the next one it makes. */
import type { Socket } from "node:net";
import type { ClientEndurance } from "./case.ts";
import type { AttemptOptions, Subject } from "./dialog-run.ts";
import { answerRequest } from "./opening.ts";
import { RawConnection } from "./probe.ts";
import { foundBy, ProbeReport } from "./probe-report.ts";
import type { CaseResult } from "./result.ts";
import type { Head } from "./wire/head.ts";
import { SocketLink } from "./wire/link.ts";

/** Longest wait for the client's next request, in milliseconds. */
const RETURN_WAIT = 10_000;

/** Resolves with whether the client makes another request within so many milliseconds. */
export type Returns = (wait: number) => Promise<boolean>;

/** Answers a client's request, does to it what the case says, and sees whether it comes back. */
export async function attemptClientEndurance(
  socket: Socket,
  request: Head,
  testCase: ClientEndurance,
  subject: Subject,
  { timeout }: AttemptOptions,
  returns: Returns,
): Promise<CaseResult> {
  const report = new ProbeReport(testCase, subject, true);
  const head = testCase.unanswered ? "" : answerRequest(request, undefined).head;
  const connection = new RawConnection(
    (events) => new SocketLink(socket, report.recorder, events),
    request,
  );
  if (head !== "") connection.send(Buffer.from(head, "latin1"));
  const finding = await foundBy(async () => {
    // The caller lets the socket read again first, which must not undo a pause of the case.
    await new Promise((resolve) => setImmediate(resolve));
    const said = await testCase.abuse(connection);
    const back = returns(RETURN_WAIT);
    connection.abort();
    return (await back)
      ? { behavior: "OK", result: `${said} The client made its next request.` }
      : { behavior: "FAILED", result: `${said} No request came within ${RETURN_WAIT} ms.` };
  }, timeout);
  connection.abort();
  return report.result(finding, request.raw, head);
}
