import { type Form, message, type Scenario } from "./scenario.ts";

const FORMS: readonly Form[] = ["handler", "for-await"];

function latency(id: string, words: string, rateOf: "itself" | "ws"): Scenario {
  return {
    id: `latency-${id}`,
    title: `Latency of 64 B text, 50 connections, sent by the clock at half of what ${words} can do`,
    unit: "messages",
    side: "server",
    slowPeers: false,
    forms: FORMS,
    // For the 99.9th percentile some thousands of messages are needed.
    seconds: 1,
    work: {
      kind: "latency",
      connections: 50,
      depth: 64,
      message: message(64, "ascii"),
      rateOf,
    },
  };
}

/** Latency under load; only on request. */
export const latencies: readonly Scenario[] = [
  latency("own", "each", "itself"),
  latency("same", "ws", "ws"),
];
