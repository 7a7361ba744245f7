/** Whether a server lives: it opens a fresh connection. */
import { OPEN_WAIT, openWebSocket } from "../drive/open.ts";
import { Attempt } from "../drive/sighting.ts";
import type { Testee } from "../testee.ts";

/** A server that is busy with what a case has sent gets another chance. */
const TRIES = 2;

/** Whether an opening handshake succeeds, within two waits of 5 s. */
export async function servesHandshake(testee: Testee): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    const begun = performance.now();
    if (await opens(testee)) return true;
    // Who refuses at once is not busy.
    if (performance.now() - begun < OPEN_WAIT / 2) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
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
