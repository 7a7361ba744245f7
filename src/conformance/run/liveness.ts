/** Whether a server lives: its process is there, and it opens a fresh connection. */
import { openWebSocket } from "../drive/open.ts";
import { Attempt } from "../drive/sighting.ts";
import type { Life } from "../observation.ts";
import { NoConnection, type Testee } from "../testee.ts";
import { processTree } from "./process-tree.ts";

/** How long a server may be busy with what a case has sent, in milliseconds. */
const BUSY_WAIT = 30_000;
/**
 * Milliseconds before the next look. Who refuses connections is not busy: a supervisor may be about to
 * start it again, and must not get there first.
 */
const GAP = 25;
const LONG_GAP = 500;
/** How long a server that died may take to come back by itself, and how often it is looked for, in ms. */
const BACK_WAIT = 5000;
const LOOK = 250;
/** Refusals in a row that are no accident. */
const REFUSALS = 2;

/**
 * What has become of a server. A process that is gone does not live, even if another one serves in its
 * place.
 *
 * @param busyWait how long it may be busy, in milliseconds
 */
export async function lifeOf(testee: Testee, busyWait = BUSY_WAIT): Promise<Life> {
  const { signal } = testee;
  const deadline = performance.now() + busyWait;
  let refusals = 0;
  while (signal?.aborted !== true) {
    if (await isProcessGone(testee)) return "gone";
    const answer = await knocked(testee);
    if (answer === "answers") return "lives";
    refusals = answer === "refuses" ? refusals + 1 : 0;
    if (refusals === REFUSALS) return "gone";
    if (performance.now() > deadline) return "hangs";
    await new Promise((resolve) => setTimeout(resolve, answer === "refuses" ? GAP : LONG_GAP));
  }
  return "lives";
}

/** Waits for a server that died to come back by itself; says whether it has. */
export async function comesBack(testee: Testee): Promise<boolean> {
  const deadline = performance.now() + BACK_WAIT;
  while (performance.now() < deadline && !(await isProcessGone(testee))) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    if ((await knocked(testee)) === "answers") return true;
  }
  return false;
}

async function isProcessGone({ pid }: Testee): Promise<boolean> {
  return pid !== undefined && (await processTree(pid)).length === 0;
}

/** Whether a server answers a handshake: whatever it says, it says something. */
async function knocked(testee: Testee): Promise<"answers" | "refuses" | "says nothing"> {
  const attempt = new Attempt(false);
  attempt.recorder.enable(false);
  try {
    const { line, opening } = await openWebSocket(testee, undefined, attempt);
    line.carrier.abort();
    return opening.is === "ended" || opening.is === "silent" ? "says nothing" : "answers";
  } catch (error) {
    // What fails behind the connect has no cause.
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const refused = error instanceof NoConnection && cause?.code === "ECONNREFUSED";
    return refused ? "refuses" : "says nothing";
  }
}
