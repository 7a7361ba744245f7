import { type Form, message, type Scenario, type Work } from "./scenario.ts";

const MINUTE = 60;

function worked(
  id: string,
  words: string,
  shape: Pick<Extract<Work, { kind: "worked" }>, "connections" | "depth" | "message">,
  forms: readonly Form[] = ["handler"],
): Scenario {
  return {
    id: `worked-${id}`,
    title: `Memory after a minute of ${words}`,
    unit: "bytes of the process",
    side: "server",
    slowPeers: false,
    forms,
    work: { kind: "worked", ...shape, seconds: MINUTE },
  };
}

/** Memory of processes that have worked; only on request: each peer takes a minute. */
export const workedFor: readonly Scenario[] = [
  worked(
    "64",
    "64 B text, 50 connections, 64 deep",
    { connections: 50, depth: 64, message: message(64, "ascii") },
    ["handler", "for-await"],
  ),
  worked("16k", "16 KiB binary, 10 connections, 4 deep", {
    connections: 10,
    depth: 4,
    message: message(16_384),
  }),
  worked("1m", "1 MiB binary, 4 connections, 2 deep", {
    connections: 4,
    depth: 2,
    message: message(2 ** 20),
  }),
];
