/** One case against one testee, from the connection to what was seen. */

import { ArgumentError } from "../../errors.ts";
import type { Case, DialogCase, EnduranceCase, Scale } from "../case.ts";
import { type DialogOptions, playDialog } from "../drive/dialog.ts";
import { wearOutServer } from "../drive/endurance.ts";
import { playScript } from "../drive/http2.ts";
import { openWebSocket } from "../drive/open.ts";
import { playRequest } from "../drive/request.ts";
import { Attempt, type Sighting } from "../drive/sighting.ts";
import type { Growth, Observation } from "../observation.ts";
import { NoConnection, type Testee } from "../testee.ts";
import { lifeOf } from "./liveness.ts";

/** Watches memory while something is done. */
export type Watch = <T>(
  act: () => Promise<T>,
) => Promise<{ readonly value: T; readonly growth: Growth }>;

/** What an attempt needs besides the case. */
export interface AttemptOptions {
  /** Upper limit for a whole case, in milliseconds. */
  readonly timeout: number;
  readonly scale: Scale;
  /** Milliseconds after which a series that stands still is given up; never when left out. */
  readonly stall?: number;
  /** Cases that race are played so that they do not. */
  readonly calm?: boolean;
  /** Watches the memory of the testee in cases that have a bound for it. */
  readonly watch?: Watch | undefined;
  /** Milliseconds that a server may be busy with what a case has sent (default 30,000). */
  readonly busyWait?: number;
}

/** Limit for a case in milliseconds where none is given: in full the longest that Autobahn has. */
export function caseTimeout(full = false): number {
  return full ? 480_000 : 60_000;
}

/**
 * Plays a case against a server and, where its end was strange, sees whether the server lives. Resolves
 * whatever the server does.
 */
export async function attemptServer(
  testee: Testee,
  testCase: Case,
  options: AttemptOptions,
): Promise<Sighting> {
  const attempt = new Attempt(false);
  let seen: Partial<Observation>;
  try {
    seen = await played(testee, testCase, attempt, options);
  } catch (error) {
    if (error instanceof NoConnection) {
      return attempt.end({
        unreached: `Could not connect: ${error.message}.`,
        life: await lifeOf(testee, options.busyWait),
      });
    }
    seen = { opening: { is: "wrong", why: (error as Error).message } };
  }
  if (!testCase.dangerous && !endedStrangely(seen)) return attempt.end(seen);
  return attempt.end({ ...seen, life: await lifeOf(testee, options.busyWait) });
}

function played(
  testee: Testee,
  testCase: Case,
  attempt: Attempt,
  options: AttemptOptions,
): Promise<Partial<Observation>> {
  switch (testCase.kind) {
    case "dialog":
      return dialogWithServer(testee, testCase, attempt, options);
    case "request":
      return playRequest(testee, testCase, attempt);
    case "endurance":
      if (testCase.only === "client") break;
      return endured(testee, testCase, attempt, options);
    case "http2":
      return playScript(testee, testCase, attempt, options.timeout);
    case "answer":
      break;
  }
  throw new ArgumentError(`case ${testCase.id} tests clients, not servers`);
}

async function dialogWithServer(
  testee: Testee,
  testCase: DialogCase,
  attempt: Attempt,
  { calm, scale, stall, timeout }: AttemptOptions,
): Promise<Partial<Observation>> {
  const { deflate, line, opening } = await openWebSocket(testee, testCase.deflate, attempt);
  if (opening.is !== "open") {
    line.carrier.abort();
    return { opening, waited: opening.is === "silent" };
  }
  const options: DialogOptions = {
    deflate,
    timeout,
    scale,
    ...(stall === undefined ? {} : { stall }),
    calm: calm === true && testCase.races === true,
  };
  return { ...(await playDialog(testCase, line, attempt, options)), opening };
}

async function endured(
  testee: Testee,
  testCase: EnduranceCase,
  attempt: Attempt,
  { timeout, watch }: AttemptOptions,
): Promise<Partial<Observation>> {
  const watched = watch !== undefined && testCase.bound !== undefined;
  const act = () => wearOutServer(testee, testCase, attempt, { timeout, watched });
  if (!watched) return act();
  const { growth, value } = await watch(act);
  return { ...value, growth };
}

/** Whether a connection ended as it does when a testee dies. */
function endedStrangely({ ending, opening, stream }: Partial<Observation>): boolean {
  if (opening?.is === "ended" || opening?.is === "silent") return true;
  if (stream?.connectionEnded === true && stream.goaway === undefined) return true;
  return ending !== undefined && !ending.wasClean;
}
