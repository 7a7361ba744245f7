/** Reports on cases that are judged by one finding, and how long they may take. */
import type { CaseHead } from "./case.ts";
import type { Subject } from "./dialog-run.ts";
import type { Finding } from "./finding.ts";
import type { CaseResult } from "./result.ts";
import { Recorder } from "./wire/recorder.ts";

/** What a probe finds. One that throws has found a failure, and so has one that takes too long. */
export async function foundBy(probe: () => Promise<Finding>, timeout: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve({ behavior: "FAILED", result: `Not done within ${timeout} ms.` });
    }, timeout);
  });
  const found = probe().catch(
    (error: Error): Finding => ({ behavior: "FAILED", result: `${error.message}.` }),
  );
  const finding = await Promise.race([found, late]);
  clearTimeout(timer);
  return finding;
}

/** A result for cases that end before, or without, an open connection. */
export class ProbeReport {
  /** Of everything that the probe sends and receives. */
  readonly recorder = new Recorder();
  readonly #case: CaseHead;
  readonly #subject: Subject;
  readonly #started = new Date();
  readonly #began = performance.now();
  readonly #isServer: boolean;

  constructor(testCase: CaseHead, subject: Subject, isServer: boolean) {
    this.#case = testCase;
    this.#subject = subject;
    this.#isServer = isServer;
  }

  /** The report, with what was found and the first request and answer. */
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
      createWirelog: recorder.enabled,
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
