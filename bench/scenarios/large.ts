import { message, type Scenario } from "./scenario.ts";

const MIB = 2 ** 20;

/** Messages of 1 MiB, and messages of many frames. */
export const large: readonly Scenario[] = [
  {
    id: "large-binary",
    title: "1 MiB binary, 4 connections, 2 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 4, depth: 2, message: message(MIB) },
  },
  {
    id: "large-text",
    title: "1 MiB text (ASCII), 4 connections, 2 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 4, depth: 2, message: message(MIB, "ascii") },
  },
  {
    id: "fragmented",
    title: "1 KiB binary in 8 fragments, 20 connections, 8 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: {
      kind: "echo",
      connections: 20,
      depth: 8,
      message: { size: 1024, content: "binary", fragments: 8 },
    },
  },
];
