/** A conversation over one connection: what this side has goes out, what comes is given to it. */

import { setTimeout } from "node:timers/promises";
import { CloseCode, type Connection, ConnectionClosedError } from "../../../index.ts";
import type { Outgoing, Side } from "./side.ts";

/** How a conversation is to go. */
export interface ConversationRules {
  /** Sent before anything that the side has. */
  readonly first: readonly Outgoing[];
  /** Milliseconds without a message after all was sent, until the connection is closed. */
  readonly wait: number;
  /** Closes the connection after so many received messages. */
  readonly maxMessages: number;
}

/** What came of a conversation. */
export interface ConversationEnd {
  /** Messages received. */
  readonly received: number;
  /** Whether this side closed the connection since it had all that it wanted. */
  readonly finished: boolean;
  /** What the side has failed with; the connection was then closed with 1011. */
  readonly failure: unknown;
}

/**
 * Holds a conversation until the connection has ended. It is closed with 1000 when the side has nothing
 * more to send and nothing has come for a while, or when enough messages have come.
 */
export async function converse(
  ws: Connection,
  side: Side,
  rules: ConversationRules,
): Promise<ConversationEnd> {
  const end = new End(ws);
  let received = 0;
  let lastMessage = performance.now();
  let finished = false;
  let failure: unknown;
  const sending = sendAll(ws, side, rules.first, end)
    .then(async (isAll) => {
      if (!isAll) return;
      await end.quiet(rules.wait, () => lastMessage);
      finished ||= ws.state === "open";
      await ws.close(CloseCode.normal);
    })
    .catch((error: unknown) => {
      failure = error;
      return ws.close(CloseCode.internalError);
    });
  try {
    for await (const message of ws) {
      lastMessage = performance.now();
      await side.receive(message);
      received += 1;
      if (received < rules.maxMessages) continue;
      finished = true;
      void ws.close(CloseCode.normal);
      break;
    }
  } catch (error) {
    if (!(error instanceof ConnectionClosedError)) throw error;
  }
  await ws.closed;
  await sending;
  return { received, finished, failure };
}

/** Sends what there is. @returns whether that was all; false when the connection ended before */
async function sendAll(
  ws: Connection,
  side: Side,
  first: readonly Outgoing[],
  end: End,
): Promise<boolean> {
  for (const outgoing of first) {
    if (!(await send(ws, outgoing))) return false;
  }
  for (;;) {
    const outgoing = await end.before(side.next());
    if (outgoing === ENDED) return false;
    if (outgoing === undefined) return true;
    if (!(await send(ws, outgoing))) return false;
    side.taken();
  }
}

/** @returns whether it is on its way */
async function send(ws: Connection, outgoing: Outgoing): Promise<boolean> {
  try {
    await (typeof outgoing === "function" ? outgoing(ws) : ws.send(outgoing));
    return true;
  } catch (error) {
    // How it ended is told once, at the end.
    if (error instanceof ConnectionClosedError) return false;
    throw error;
  }
}

const ENDED = Symbol("the connection has ended");

/** The end of a connection, for those who wait for something else meanwhile. */
class End {
  readonly #ws: Connection;
  /** A promise keeps each of its listeners for ever; these are taken away again. */
  readonly #listeners = new Set<() => void>();

  constructor(ws: Connection) {
    this.#ws = ws;
    void ws.closed.then(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** Waits for the promise, or for the end of the connection. */
  before<T>(promise: Promise<T>): Promise<T | typeof ENDED> {
    return new Promise((resolve, reject) => {
      const onEnd = (): void => resolve(ENDED);
      const done = (): void => void this.#listeners.delete(onEnd);
      this.#listeners.add(onEnd);
      promise.then(resolve, reject).finally(done);
    });
  }

  /** Waits until no message has come for `wait` milliseconds. */
  async quiet(wait: number, lastMessage: () => number): Promise<void> {
    // The answers to what was sent last are still on their way when the input ends.
    const end = performance.now();
    let left = wait;
    while (left > 0 && this.#ws.state === "open") {
      const timer = new AbortController();
      // setTimeout takes no more than 24 days.
      const time = Math.min(left, 2 ** 31 - 1);
      const over = setTimeout(time, undefined, { signal: timer.signal }).catch(() => {});
      await this.before(over);
      timer.abort();
      left = wait - (performance.now() - Math.max(end, lastMessage()));
    }
  }
}
