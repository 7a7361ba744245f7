import { message, type Scenario } from "./scenario.ts";

const MIB = 2 ** 20;

/** Messages of 1 MiB, as a whole and in parts, and messages of many frames. */
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
    id: "parts",
    title: "1 MiB binary, 4 connections, 2 deep, sent back in parts where there are any",
    unit: "messages",
    side: "server",
    slowPeers: false,
    forms: ["parts"],
    work: { kind: "echo", connections: 4, depth: 2, message: message(MIB), reply: "any frames" },
  },
  {
    id: "upload",
    title: "1 MiB binary, 4 connections, 2 deep, answered with its length",
    unit: "messages",
    side: "server",
    slowPeers: false,
    forms: ["handler", "parts"],
    // Raw `net` does not know where a message ends.
    peers: ["ws", "uws", "bun"],
    work: { kind: "echo", connections: 4, depth: 2, message: message(MIB), reply: "length" },
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
