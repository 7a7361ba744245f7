import { formatBytes } from "../report/format.ts";
import { message, type Scenario } from "./scenario.ts";

const COUNTS = [10, 30, 100, 300, 1000, 3000, 10_000];
const SIZES = Array.from({ length: 11 }, (_, i) => 16 * 4 ** i).filter((n) => n <= 2 ** 24);
const IN_FLIGHT_BYTES = 65_536;
const SHORT = message(20, "ascii");
const TOPIC_CONNECTIONS = 1000;

const byConnections: readonly Scenario[] = COUNTS.map((connections) => ({
  id: `growth-connections-${connections}`,
  title: `64 B binary, ${connections.toLocaleString("en")} connections, 8 deep`,
  unit: "messages",
  side: "server",
  slowPeers: false,
  work: { kind: "echo", connections, depth: 8, message: message(64) },
  point: { chart: "connections", x: connections },
}));

const bySize: readonly Scenario[] = SIZES.map((size) => {
  const depth = Math.max(1, Math.min(64, Math.floor(IN_FLIGHT_BYTES / size)));
  return {
    id: `growth-size-${size}`,
    title: `${formatBytes(size)} binary, 8 connections, ${depth} deep`,
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 8, depth, message: message(size) },
    point: { chart: "size", x: size },
  };
});

const bySubscribers: readonly Scenario[] = [10, 100, 1000, 10_000].map((subscribers) => ({
  id: `growth-subscribers-${subscribers}`,
  title: `Publish 20 B text to a topic of ${subscribers.toLocaleString("en")} subscribers`,
  unit: "deliveries",
  side: "server",
  slowPeers: false,
  forms: ["topics"],
  work: { kind: "fan-out", connections: subscribers, senders: 1, depth: 1, message: SHORT },
  point: { chart: "subscribers", x: subscribers },
}));

const byTopics: readonly Scenario[] = [1, 10, 100, 1000, 10_000, 100_000].map((topics) => {
  const each = Math.max(1, topics / TOPIC_CONNECTIONS);
  return {
    id: `growth-topics-${topics}`,
    title: `Publish 20 B text to each of ${topics.toLocaleString("en")} topics, 1,000 connections`,
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    forms: ["topics"],
    work: {
      kind: "fan-out",
      connections: TOPIC_CONNECTIONS,
      senders: 1,
      depth: 1,
      groups: { count: topics, copies: 1, each },
      message: SHORT,
    },
    seconds: 0.5,
    point: { chart: "topics", x: topics },
  };
});

/** Series for charts; only on request, they take minutes. */
export const growth: readonly Scenario[] = [
  ...byConnections,
  ...bySize,
  ...bySubscribers,
  ...byTopics,
];
