/** What is known of a case on a connection while it runs, and the report that it ends in. */
import type { Socket } from "node:net";
import type { DialogCase, Scale } from "./case.ts";
import { Dialog } from "./dialog.ts";
import type { Opened } from "./opening.ts";
import type { Peer } from "./peer.ts";
import { type CaseResult, reportEvent } from "./result.ts";
import type { Traffic } from "./sender.ts";
import { judgeNeverOpen, type Verdict } from "./verdict.ts";
import { HeadReader } from "./wire/head.ts";
import { type Link, SocketLink } from "./wire/link.ts";
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

type OpenStep = (link: Link, reader: HeadReader, chunk?: Buffer) => Opened | undefined;

/** What is known of an attempt while it runs. */
export class DialogRun {
  /** The opening handshake as it was sent and received. */
  request = "?";
  response = "?";
  readonly #case: DialogCase;
  readonly #subject: Subject;
  readonly #started = new Date();
  readonly #began = performance.now();
  readonly recorder = new Recorder();
  readonly #isServer: boolean;
  #dialog: Dialog | undefined;
  #openTimeout = false;

  constructor(testCase: DialogCase, subject: Subject, isServer: boolean) {
    this.#case = testCase;
    this.#subject = subject;
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
          this.begin(link, opened.deflate, options);
          if (reader.rest.length > 0) this.receive(reader.rest);
          return;
        }
        refused = opened?.refused ?? "The head of the answer never ended.";
        link.finish();
      };
      const link = new SocketLink(socket, this.recorder, {
        data: (chunk) => (this.#dialog === undefined ? go(chunk) : this.receive(chunk)),
        gone: () => {
          clearTimeout(timer);
          resolve(this.gone(refused));
        },
      });
      go();
    });
  }

  /** Plays the case on a connection that is open. */
  begin(link: Link, deflate: Dialog["peer"]["deflate"], options: AttemptOptions): void {
    const settings = { ...options, isServer: this.#isServer, deflate };
    this.#dialog = new Dialog(this.#case, link, this.recorder, settings);
    this.#dialog.start();
  }

  /** Takes what came on the open connection. */
  receive(chunk: Buffer): void {
    this.#dialog?.peer.receive(chunk);
  }

  /** The report, now that the connection is gone; `refused` says why it was never open. */
  gone(refused: string): CaseResult {
    this.#dialog?.peer.gone();
    return this.#result(this.#dialog?.verdict() ?? judgeNeverOpen(this.#case, refused));
  }

  /** The report on a connection that was never open. */
  neverOpen(why: string, timedOut = false): CaseResult {
    this.#openTimeout = timedOut;
    return this.#result(judgeNeverOpen(this.#case, why));
  }

  #result(verdict: Verdict): CaseResult {
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
    const recorder = this.recorder;
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
