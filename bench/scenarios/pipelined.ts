import type { Content } from "../load/frames.ts";
import { type Form, message, type Scenario } from "./scenario.ts";

function small(
  id: string,
  name: string,
  content: Content,
  slowPeers: boolean,
  forms: readonly Form[] = ["handler"],
): Scenario {
  return {
    id,
    title: `Pipelined 64 B ${name}, 50 connections, 64 deep`,
    unit: "messages",
    side: "server",
    slowPeers,
    forms,
    work: { kind: "echo", connections: 50, depth: 64, message: message(64, content) },
  };
}

/** Many messages under way on each connection. */
export const pipelined: readonly Scenario[] = [
  small("pipelined-64-binary", "binary", "binary", true),
  small("pipelined-64-ascii", "text (ASCII)", "ascii", true, ["handler", "for-await", "receive"]),
  small("pipelined-64-multibyte", "text (multi-byte)", "multibyte", false),
  {
    id: "pipelined-alone",
    title: "Pipelined 64 B text (ASCII), 1 connection, 64 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    forms: ["handler", "for-await"],
    work: { kind: "echo", connections: 1, depth: 64, message: message(64, "ascii") },
  },
  {
    id: "pipelined-1k",
    title: "Pipelined 1 KiB binary, 20 connections, 8 deep",
    unit: "messages",
    side: "server",
    slowPeers: true,
    work: { kind: "echo", connections: 20, depth: 8, message: message(1024) },
  },
  {
    id: "pipelined-16k",
    title: "Pipelined 16 KiB binary, 10 connections, 4 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 10, depth: 4, message: message(16_384) },
  },
];
