/** One case against one testee, from the connection to the result. */
import type { Socket } from "node:net";
import { ArgumentError } from "../errors.ts";
import { attemptClientProbe, attemptServerProbe } from "./attempt-probe.ts";
import type { Case, DialogCase, Scale } from "./case.ts";
import { Dialog } from "./dialog.ts";
import { answerRequest, checkAnswer, offeredProtocols, openingRequest } from "./opening.ts";
import type { Peer } from "./peer.ts";
import { type CaseResult, reportEvent } from "./result.ts";
import type { Traffic } from "./sender.ts";
import { open, type Testee } from "./testee.ts";
import { judgeNeverOpen, type Verdict } from "./verdict.ts";
import { type Head, HeadReader } from "./wire/head.ts";
import { Link } from "./wire/link.ts";
import { Recorder } from "./wire/recorder.ts";

/** Longest wait for the testee's part of the opening handshake, in milliseconds. */
export const OPEN_WAIT = 5000;

/** Limit for a case in milliseconds where none is given: in full the longest that Autobahn has. */
export function caseTimeout(full = false): number {
  return full ? 480_000 : 60_000;
}

/** What an attempt needs besides the case. */
export interface AttemptOptions {
  /** Upper limit for a whole case, in milliseconds. */
  readonly timeout: number;
  readonly scale: Scale;
  /** Subprotocols that clients under test may choose from; none when left out. */
  readonly protocols?: readonly string[];
}

/** Where a case stands in the list and who is tested. */
export interface Subject {
  /** From 1. */
  readonly number: number;
  readonly agent: string;
}

/** Tests a server: connects, opens, plays the case. Resolves whatever the server does. */
export async function attemptServer(
  testee: Testee,
  testCase: DialogCase,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  const started = new Date();
  const run = new Run(testCase, subject, started, false);
  let socket: Socket;
  try {
    socket = await open(testee, OPEN_WAIT);
  } catch (error) {
    return run.result(judgeNeverOpen(testCase, `Could not connect: ${(error as Error).message}`));
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
export function attemptClient(
  socket: Socket,
  request: Head,
  rest: Buffer,
  testCase: DialogCase,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  const run = new Run(testCase, subject, new Date(), true);
  run.request = request.raw;
  const answer = answerRequest(request, testCase.deflate, options.protocols);
  run.response = answer.head;
  return run.play(socket, options, (link, reader) => {
    link.send(Buffer.from(answer.head, "latin1"));
    reader.rest = Buffer.from(rest);
    return answer.opened;
  });
}

type Opening = ReturnType<typeof checkAnswer>;
type OpenStep = (link: Link, reader: HeadReader, chunk?: Buffer) => Opening | undefined;

/** What is known of an attempt while it runs. */
class Run {
  request = "?";
  response = "?";
  readonly #case: DialogCase;
  readonly #subject: Subject;
  readonly #started: Date;
  readonly #began = performance.now();
  readonly #recorder = new Recorder();
  readonly #isServer: boolean;
  #dialog: Dialog | undefined;
  #openTimeout = false;

  constructor(testCase: DialogCase, subject: Subject, started: Date, isServer: boolean) {
    this.#case = testCase;
    this.#subject = subject;
    this.#started = started;
    this.#isServer = isServer;
  }

  /** Opens with `step` (called at once, then for each chunk), then plays the case. */
  play(socket: Socket, options: AttemptOptions, step: OpenStep): Promise<CaseResult> {
    return new Promise((resolve) => {
      const reader = new HeadReader();
      let refused = "The testee ended the connection during the opening handshake.";
      const timer = setTimeout(() => {
        this.#openTimeout = true;
        refused = `The opening handshake was not finished within ${OPEN_WAIT} ms.`;
        link.abort();
      }, OPEN_WAIT);
      const go = (chunk?: Buffer) => {
        const opened = step(link, reader, chunk);
        if (opened === undefined && !reader.overflow) return;
        clearTimeout(timer);
        if (opened !== undefined && "deflate" in opened) {
          this.#open(link, opened.deflate, options, reader.rest);
          return;
        }
        refused = opened?.refused ?? "The head of the answer never ended.";
        link.finish();
      };
      const link = new Link(socket, this.#recorder, {
        data: (chunk) =>
          this.#dialog === undefined ? go(chunk) : this.#dialog.peer.receive(chunk),
        gone: () => {
          clearTimeout(timer);
          this.#dialog?.peer.gone();
          resolve(this.result(this.#dialog?.verdict() ?? judgeNeverOpen(this.#case, refused)));
        },
      });
      go();
    });
  }

  #open(link: Link, deflate: Dialog["peer"]["deflate"], options: AttemptOptions, rest: Buffer) {
    const settings = { ...options, isServer: this.#isServer, deflate };
    this.#dialog = new Dialog(this.#case, link, this.#recorder, settings);
    this.#dialog.start();
    if (rest.length > 0) this.#dialog.peer.receive(rest);
  }

  /** The report of this attempt with a verdict. */
  result(verdict: Verdict): CaseResult {
    const peer = this.#dialog?.peer;
    const { close, expected } = this.#case;
    return {
      case: this.#subject.number,
      id: this.#case.id,
      description: this.#case.description,
      expectation: this.#case.expectation,
      agent: this.#subject.agent,
      started: this.#started.toISOString(),
      duration: Math.round(performance.now() - this.#began),
      reportTime: this.#case.reportTime ?? false,
      reportCompressionRatio: this.#case.deflate !== undefined,
      behavior: verdict.behavior,
      behaviorClose: verdict.behaviorClose,
      expected: Object.fromEntries(
        Object.entries(expected).map(([name, events]) => [name, events.map(reportEvent)]),
      ),
      expectedClose: {
        closedByMe: close.closedByMe,
        closeCode: close.codes,
        requireClean: close.requireClean,
        ...(close.wrongEndIsFatal ? { closedByWrongEndpointIsFatal: true } : {}),
      },
      received: (this.#dialog?.received ?? []).slice(0, 200).map(reportEvent),
      result: verdict.result,
      resultClose: verdict.resultClose,
      ...ending(peer),
      wasOpenHandshakeTimeout: this.#openTimeout,
      isServer: this.#isServer,
      ...this.#record(),
      httpRequest: this.request,
      httpResponse: this.response,
      trafficStats: peer !== undefined && this.#case.deflate !== undefined ? traffic(peer) : null,
      rules: this.#case.rules,
      faults: peer?.faults ?? [],
    };
  }

  #record() {
    const recorder = this.#recorder;
    return {
      wirelog: recorder.entries,
      wirelogTimes: recorder.times,
      wirelogOmitted: recorder.omitted,
      createWirelog: recorder.enabled,
      createStats: true,
      rxOctetStats: Object.fromEntries(recorder.rxOctets),
      rxFrameStats: Object.fromEntries(recorder.rxFrames),
      txOctetStats: Object.fromEntries(recorder.txOctets),
      txFrameStats: Object.fromEntries(recorder.txFrames),
    };
  }
}

function ending(peer: Peer | undefined) {
  return {
    closedByMe: peer?.closedByMe ?? false,
    failedByMe: peer?.failedByMe ?? false,
    droppedByMe: peer?.droppedByMe ?? false,
    wasClean: peer?.wasClean ?? false,
    wasNotCleanReason: peer?.wasNotCleanReason ?? null,
    wasServerConnectionDropTimeout: peer?.serverDropTimeout ?? false,
    wasCloseHandshakeTimeout: peer?.closeTimeout ?? false,
    localCloseCode: peer?.localCloseCode ?? null,
    localCloseReason: peer?.localCloseReason ?? null,
    remoteCloseCode: peer?.remoteCloseCode ?? null,
    remoteCloseReason: peer?.remoteCloseReason ?? null,
  };
}

/** Autobahn's `trafficStats`. */
function traffic({ sent, got }: Peer): Record<string, number | null> {
  return { ...counts("outgoing", sent), ...counts("incoming", got) };
}

function counts(side: string, traffic: Traffic): Record<string, number | null> {
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  const { wireOctets, payloadOctets, messageOctets } = traffic;
  return {
    [`${side}OctetsWireLevel`]: wireOctets,
    [`${side}OctetsWebSocketLevel`]: payloadOctets,
    [`${side}OctetsAppLevel`]: messageOctets,
    [`${side}CompressionRatio`]: ratio(payloadOctets, messageOctets),
    [`${side}WebSocketOverhead`]: ratio(wireOctets - payloadOctets, payloadOctets),
    [`${side}WebSocketFrames`]: traffic.frames,
    [`${side}WebSocketMessages`]: traffic.messages,
  };
}

/** Any case against a server. */
export function attempt(
  testee: Testee,
  testCase: Case,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  switch (testCase.kind) {
    case "dialog":
      return attemptServer(testee, testCase, subject, options);
    case "server-probe":
      return attemptServerProbe(testee, testCase, subject, options.timeout);
    case "client-probe":
      throw new ArgumentError(`case ${testCase.id} tests clients, not servers`);
  }
}

/** Any case against a client whose request has been read. */
export function attemptWithClient(
  socket: Socket,
  request: Head,
  rest: Buffer,
  testCase: Case,
  subject: Subject,
  options: AttemptOptions,
): Promise<CaseResult> {
  switch (testCase.kind) {
    case "dialog":
      return attemptClient(socket, request, rest, testCase, subject, options);
    case "client-probe":
      return attemptClientProbe(socket, request, rest, testCase, subject);
    case "server-probe":
      throw new ArgumentError(`case ${testCase.id} tests servers, not clients`);
  }
}
