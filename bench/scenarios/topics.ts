import { message, type Scenario } from "./scenario.ts";

/** What is published to topics: the chat rooms of `fan-out.ts` are so, too, in one of their forms. */
const TEXT = message(20, "ascii");

/** One message to the subscribers of a topic, or of many topics. */
export const topics: readonly Scenario[] = [
  {
    id: "publish-one",
    title: "Publish 20 B text to a topic of 10,000 subscribers",
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    forms: ["topics"],
    // A round takes a tenth of a second.
    seconds: 1,
    work: { kind: "fan-out", connections: 10_000, senders: 1, depth: 1, message: TEXT },
  },
  {
    id: "publish-many",
    title: "Publish 20 B text to each of 100 topics of 100 subscribers, in one tick",
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    forms: ["topics"],
    seconds: 1,
    work: {
      kind: "fan-out",
      connections: 10_000,
      senders: 1,
      depth: 1,
      groups: { count: 100, copies: 1 },
      message: TEXT,
    },
  },
];

function subscriptions(id: string, words: string, count: number): Scenario {
  return {
    id: `subscriptions-${id}`,
    title: `Memory of 100,000 subscriptions: 1,000 connections, 100 topics each, ${words}`,
    unit: "bytes per subscription",
    side: "server",
    slowPeers: false,
    peers: ["uws", "bun"],
    forms: ["topics"],
    work: { kind: "subscriptions", connections: 1000, each: 100, topics: count },
  };
}

/** What a subscription takes; only on request. */
export const subscribed: readonly Scenario[] = [
  subscriptions("shared", "the same for all", 100),
  subscriptions("own", "all different", 100_000),
];

function fleet(depth: number): Scenario {
  return {
    id: `fleet-${depth}`,
    title:
      "Two processes with Redis between, 500 connections each: 20 B text to all, of two clients, " +
      `${depth} of each under way, all cores`,
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    peers: ["socket.io"],
    forms: ["topics"],
    allCores: true,
    seconds: 1,
    work: {
      kind: "fan-out",
      connections: 1000,
      senders: 2,
      depth,
      processes: 2,
      message: message(20, "letters"),
    },
  };
}

/** Topics over several processes; only on request, since it needs redis-server. */
export const fleets: readonly Scenario[] = [fleet(1), fleet(16)];
