import { message, type Scenario } from "./scenario.ts";

/** One message under way on each connection; latency too. */
export const pingPong: readonly Scenario[] = [1, 50, 1000].map((connections) => ({
  id: `ping-pong-${connections}`,
  title: `Ping-pong 64 B, ${connections.toLocaleString("en")} connection${connections > 1 ? "s" : ""}`,
  unit: "messages",
  side: "server",
  slowPeers: connections === 50,
  work: { kind: "echo", connections, depth: 1, message: message(64) },
}));
