import { message, type Scenario } from "./scenario.ts";

/** Clients against the same raw server: it sends, they send back. */
export const client: readonly Scenario[] = [
  {
    id: "client-ping-pong",
    title: "Client: ping-pong 64 B, 50 connections",
    unit: "messages",
    side: "client",
    slowPeers: false,
    work: { kind: "echo", connections: 50, depth: 1, message: message(64) },
  },
  {
    id: "client-many",
    title: "Client: ping-pong 64 B, 1,000 connections of one process",
    unit: "messages",
    side: "client",
    slowPeers: false,
    forms: ["handler", "for-await"],
    work: { kind: "echo", connections: 1000, depth: 1, message: message(64) },
  },
  {
    id: "client-pipelined",
    title: "Client: pipelined 64 B binary, 50 connections, 64 deep",
    unit: "messages",
    side: "client",
    slowPeers: false,
    work: { kind: "echo", connections: 50, depth: 64, message: message(64) },
  },
];
