/** Probes against one testee, from the connection to the result. */
import type { Socket } from "node:net";
import type { ClientProbe, ServerProbe } from "./case.ts";
import type { AttemptOptions, Subject } from "./dialog-run.ts";
import type { Finding } from "./finding.ts";
import { Probe } from "./probe.ts";
import { foundBy, ProbeReport } from "./probe-report.ts";
import type { CaseResult } from "./result.ts";
import type { Testee } from "./testee.ts";
import { encodeFrame, OPCODE } from "./wire/frame.ts";
import { FrameReader } from "./wire/frame-reader.ts";
import type { Head } from "./wire/head.ts";
import { type Link, SocketLink } from "./wire/link.ts";

/** Longest wait for a client to do something with an answer, in milliseconds. */
const CLIENT_WAIT = 2000;

/** Runs a probe of a server. Resolves whatever the server does. */
export async function attemptServerProbe(
  testee: Testee,
  testCase: ServerProbe,
  subject: Subject,
  { timeout }: AttemptOptions,
): Promise<CaseResult> {
  const report = new ProbeReport(testCase, subject, false);
  const probe = new Probe(testee, report.recorder);
  const finding = await foundBy(() => testCase.probe(probe), timeout);
  probe.end();
  return report.result(finding, probe.request, probe.response);
}

/** Answers a client's request as the case says, and sees what it does with it. */
export function attemptClientProbe(
  socket: Socket,
  request: Head,
  rest: Buffer,
  testCase: ClientProbe,
  subject: Subject,
): Promise<CaseResult> {
  const report = new ProbeReport(testCase, subject, true);
  return new Promise((resolve) => {
    let seen: "frames" | "end" | "nothing" = "nothing";
    const frames = new FrameReader({
      header: () => {},
      payload: () => {},
      end: ({ opcode }) => {
        // A Close frame or the like is no sign of an open connection; an echo is.
        if (opcode < 8) seen = "frames";
        if (seen === "frames") link.finish();
      },
    });
    const answer = testCase.answer(request);
    const link = new SocketLink(socket, report.recorder, {
      data: (chunk) => frames.feed(chunk),
      gone: () => {
        clearTimeout(timer);
        if (seen === "nothing" && !timedOut) seen = "end";
        const text = answer.map((part) => (Buffer.isBuffer(part) ? part.toString("latin1") : ""));
        resolve(report.result(clientFinding(testCase, seen), request.raw, text.join("")));
      },
    });
    let timedOut = false;
    const pauses = answer.reduce((sum, part) => sum + ("pause" in part ? part.pause : 0), 0);
    const timer = setTimeout(() => {
      timedOut = true;
      link.abort();
    }, CLIENT_WAIT + pauses);
    if (rest.length > 0) frames.feed(rest);
    void play(link, answer);
  });
}

/** Sends the answer and then a message, which an open client echoes. */
async function play(link: Link, answer: ReturnType<ClientProbe["answer"]>): Promise<void> {
  for (const part of answer) {
    if (Buffer.isBuffer(part)) link.send(part);
    else await new Promise((resolve) => setTimeout(resolve, part.pause));
  }
  link.send(encodeFrame({ opcode: OPCODE.text, payload: Buffer.from("conform") }, undefined));
}

function clientFinding({ expects }: ClientProbe, seen: "frames" | "end" | "nothing"): Finding {
  const what = {
    frames: "The client opened the connection and echoed.",
    end: "The client ended the connection.",
    nothing: `The client did nothing for ${CLIENT_WAIT} ms.`,
  }[seen];
  if (expects === "any") return { behavior: "INFORMATIONAL", result: what };
  if (expects === "open") return { behavior: seen === "frames" ? "OK" : "FAILED", result: what };
  if (seen === "nothing") {
    return { behavior: "NON-STRICT", result: `${what} It should end the connection.` };
  }
  return { behavior: seen === "end" ? "OK" : "FAILED", result: what };
}
