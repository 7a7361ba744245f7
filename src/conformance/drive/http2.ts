/** Plays a script on a server's HTTP/2, and says what was seen. */
import type { Http2Case } from "../case.ts";
import { Http2Probe } from "../http2/probe.ts";
import type { Observation } from "../observation.ts";
import { NoConnection, type Testee } from "../testee.ts";
import type { Attempt } from "./sighting.ts";

/** Plays the case. A script that throws has found something, and so has one that takes too long. */
export async function playScript(
  testee: Testee,
  testCase: Http2Case,
  attempt: Attempt,
  timeout: number,
): Promise<Partial<Observation>> {
  const probe = new Http2Probe(testee, attempt.recorder);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Partial<Observation>>((resolve) => {
    timer = setTimeout(() => {
      resolve({ found: `it was not done within ${timeout} ms`, waited: true });
    }, timeout);
  });
  const script = testCase.script(probe).catch((error: Error): Partial<Observation> => {
    if (error instanceof NoConnection) throw error;
    return { found: error.message };
  });
  try {
    const seen = await Promise.race([script, late]);
    return { ...seen, waited: seen.waited ?? probe.waited };
  } finally {
    clearTimeout(timer);
    attempt.request = probe.request;
    attempt.response = probe.response;
    probe.end();
  }
}
