import { message, type Scenario } from "./scenario.ts";

/**
 * A chat room: each of 32 clients sends messages, each goes to all, and the next ones are sent when all
 * are there. It is the shape of the benchmark that Bun publishes, which has 20 bytes on average, and
 * sends more than a thousand messages a client at a time.
 */
function chat(depth: number): Scenario {
  return {
    id: `chat-${depth}`,
    title: `Chat room of 32, 20 B text, each message to all, ${depth} under way on each connection`,
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    forms: ["handler", "send-loop", "topics"],
    work: { kind: "fan-out", connections: 32, senders: 32, depth, message: message(20, "ascii") },
  };
}

/** One message to many. */
export const fanOut: readonly Scenario[] = [
  chat(1),
  chat(4),
  {
    id: "broadcast",
    title: "Broadcast 64 B to 1,000 connections",
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    work: { kind: "fan-out", connections: 1000, senders: 1, depth: 1, message: message(64) },
  },
  {
    id: "groups",
    title: "Ten messages of 64 B to each of 100 groups of 100 connections, in one tick",
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    // A round takes a tenth of a second and more.
    seconds: 1,
    work: {
      kind: "fan-out",
      connections: 10_000,
      senders: 1,
      depth: 1,
      groups: { count: 100, copies: 10 },
      message: message(64),
    },
  },
];
