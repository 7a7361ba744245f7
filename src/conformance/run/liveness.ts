/** Whether a server lives: its process is there, and it opens a fresh connection. */
import { openWebSocket } from "../drive/open.ts";
import { Attempt } from "../drive/sighting.ts";
import type { Testee } from "../testee.ts";
import { processTree } from "./process-tree.ts";

/** A server that is busy with what a case has sent gets another chance. */
const TRIES = 2;
/**
 * Milliseconds before it. Who refuses at once is not busy: a supervisor may be about to start it again,
 * and must not get there first.
 */
const GAP = 25;

/**
 * Whether a server lives: an opening handshake succeeds, within two waits of 5 s. A process that is gone
 * does not live, even if another one serves in its place.
 */
export async function lives(testee: Testee): Promise<boolean> {
  if (testee.pid !== undefined && (await processTree(testee.pid)).length === 0) return false;
  for (let i = 0; i < TRIES; i++) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, GAP));
    if (await opens(testee)) return true;
  }
  return false;
}

async function opens(testee: Testee): Promise<boolean> {
  const attempt = new Attempt(false);
  attempt.recorder.enable(false);
  try {
    const { line, opening } = await openWebSocket(testee, undefined, attempt);
    line.carrier.abort();
    // Whatever it answers, it answers.
    return opening.is === "open" || opening.is === "refused" || opening.is === "wrong";
  } catch {
    return false;
  }
}
