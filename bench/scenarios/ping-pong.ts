import { message, type Scenario } from "./scenario.ts";

/** One message under way on each connection; latency too. */
export const pingPong: readonly Scenario[] = [1, 50, 1000].map((connections) => ({
  id: `ping-pong-${connections}`,
  title: `Ping-pong 64 B, ${connections.toLocaleString("en")} connection${connections > 1 ? "s" : ""}`,
  unit: "messages",
  side: "server",
  slowPeers: connections === 50,
  forms: connections === 1000 ? ["handler"] : ["handler", "for-await"],
  work: { kind: "echo", connections, depth: 1, message: message(64) },
}));

/**
 * "hello" as text on 4,096 connections: the shape of the echo profiles of HttpArena, a public benchmark of
 * servers. There the load is made by other machines.
 */
export const hello: readonly Scenario[] = [1, 16].map((depth) => ({
  id: `hello-${depth}`,
  title: `"hello" as text, 4,096 connections, ${depth} deep`,
  unit: "messages",
  side: "server",
  slowPeers: false,
  forms: ["handler", "for-await"],
  work: { kind: "echo", connections: 4096, depth, message: message(5, "ascii") },
}));
