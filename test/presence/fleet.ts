/** Processes with presence over one engine in memory, whose clock the test turns. */

import { afterEach, beforeEach, vi } from "vitest";
import { Presence, type PresenceOptions } from "../../src/presence/presence.ts";
import { type MemoryBroker, MemoryEngine } from "../topics/memory-broker.ts";

/** One process. */
export interface Process {
  readonly presence: Presence;
  readonly broker: MemoryBroker;
  readonly errors: unknown[];
  /** Its process dies: nothing more comes from it, or to it. */
  die(): void;
}

/** Has every test of a file turn the clock by itself. */
export function turnClock(): void {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
}

/** Lets everything happen that waits for no time to pass. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** Processes start on an engine, one with each call of `start`. */
export function fleet(options: PresenceOptions = {}) {
  const engine = new MemoryEngine();
  const start = (): Process => {
    const broker = engine.broker();
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const presence = new Presence({ broker, onError, ...options });
    const die = () => {
      engine.brokers.delete(broker);
      broker.publish = () => new Promise(() => {});
    };
    return { presence, broker, errors, die };
  };
  return { engine, start };
}

/** The keys in a topic in their order, each as often as it has entries. */
export function keysIn(presence: Presence, topic: string): string[] {
  return [...presence.list(topic)].flatMap(([key, entries]) => entries.map(() => key)).sort();
}

/** Watches a topic, and writes down what happens: `+ann 1`, `-ann 0`, `ann {"away":true}`. */
export function diary(presence: Presence, topic: string) {
  const lines: string[] = [];
  const watch = presence.watch(topic, {
    join: ({ key }, count) => lines.push(`+${key} ${count}`),
    leave: ({ key }, count) => lines.push(`-${key} ${count}`),
    update: ({ key, meta }) => lines.push(`${key} ${JSON.stringify(meta)}`),
  });
  return { lines, watch };
}
