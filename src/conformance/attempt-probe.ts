/** Probes against one testee, from the connection to the result. */
import type { Socket } from "node:net";
import type { ClientProbe, ServerProbe } from "./case.ts";
import type { Finding } from "./finding.ts";
import { Probe } from "./probe.ts";
import type { CaseResult } from "./result.ts";
import type { Testee } from "./testee.ts";
import { encodeFrame, OPCODE } from "./wire/frame.ts";
import { FrameReader } from "./wire/frame-reader.ts";
import type { Head } from "./wire/head.ts";
import { Link } from "./wire/link.ts";
import { Recorder } from "./wire/recorder.ts";

/** Who is tested and what number the case has. */
interface Subject {
  readonly number: number;
  readonly agent: string;
}

/** Longest wait for a client to do something with an answer, in milliseconds. */
const CLIENT_WAIT = 2000;

/** Runs a probe of a server. Resolves whatever the server does. */
export async function attemptServerProbe(
  testee: Testee,
  testCase: ServerProbe,
  subject: Subject,
  timeout: number,
): Promise<CaseResult> {
  const blank = new Blank(testCase, subject, false);
  const probe = new Probe(testee, blank.recorder);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve({ behavior: "FAILED", result: `Not done within ${timeout} ms.` });
    }, timeout);
  });
  const found = testCase
    .probe(probe)
    .catch((error: Error): Finding => ({ behavior: "FAILED", result: `${error.message}.` }));
  const finding = await Promise.race([found, late]);
  clearTimeout(timer);
  probe.end();
  return blank.result(finding, probe.request, probe.response);
}

/** Answers a client's request as the case says, and sees what it does with it. */
export function attemptClientProbe(
  socket: Socket,
  request: Head,
  rest: Buffer,
  testCase: ClientProbe,
  subject: Subject,
): Promise<CaseResult> {
  const blank = new Blank(testCase, subject, true);
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
    const link = new Link(socket, blank.recorder, {
      data: (chunk) => frames.feed(chunk),
      gone: () => {
        clearTimeout(timer);
        if (seen === "nothing" && !timedOut) seen = "end";
        const text = answer.map((part) => (Buffer.isBuffer(part) ? part.toString("latin1") : ""));
        resolve(blank.result(clientFinding(testCase, seen), request.raw, text.join("")));
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

/** A result for cases that end before, or without, an open connection. */
class Blank {
  readonly recorder = new Recorder();
  readonly #case: ServerProbe | ClientProbe;
  readonly #subject: Subject;
  readonly #started = new Date();
  readonly #began = performance.now();
  readonly #isServer: boolean;

  constructor(testCase: ServerProbe | ClientProbe, subject: Subject, isServer: boolean) {
    this.#case = testCase;
    this.#subject = subject;
    this.#isServer = isServer;
  }

  result(finding: Finding, httpRequest: string, httpResponse: string): CaseResult {
    const { description, expectation, id, rules } = this.#case;
    const recorder = this.recorder;
    return {
      case: this.#subject.number,
      id,
      description,
      expectation,
      agent: this.#subject.agent,
      started: this.#started.toISOString(),
      duration: Math.round(performance.now() - this.#began),
      reportTime: false,
      reportCompressionRatio: false,
      behavior: finding.behavior,
      behaviorClose: finding.behavior === "INFORMATIONAL" ? "INFORMATIONAL" : "OK",
      expected: {},
      expectedClose: {},
      received: [],
      result: finding.result,
      resultClose: "The close is not judged in this case.",
      wirelog: recorder.entries,
      createWirelog: true,
      ...NO_ENDING,
      isServer: this.#isServer,
      createStats: true,
      rxOctetStats: Object.fromEntries(recorder.rxOctets),
      rxFrameStats: Object.fromEntries(recorder.rxFrames),
      txOctetStats: Object.fromEntries(recorder.txOctets),
      txFrameStats: Object.fromEntries(recorder.txFrames),
      httpRequest,
      httpResponse,
      trafficStats: null,
      rules,
      faults: [],
      wirelogTimes: recorder.times,
      wirelogOmitted: recorder.omitted,
    };
  }
}

const NO_ENDING = {
  closedByMe: false,
  failedByMe: false,
  droppedByMe: false,
  wasClean: false,
  wasNotCleanReason: null,
  wasServerConnectionDropTimeout: false,
  wasOpenHandshakeTimeout: false,
  wasCloseHandshakeTimeout: false,
  localCloseCode: null,
  localCloseReason: null,
  remoteCloseCode: null,
  remoteCloseReason: null,
} as const;
