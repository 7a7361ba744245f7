import { message, type Scenario } from "./scenario.ts";

/** What concerns connections rather than messages. */
export const connections: readonly Scenario[] = [
  {
    id: "broadcast",
    title: "Broadcast 64 B to 1,000 connections",
    unit: "deliveries",
    side: "server",
    slowPeers: false,
    work: { kind: "broadcast", connections: 1000, message: message(64) },
  },
  {
    id: "handshake",
    title: "Storm of new connections, 64 in flight",
    unit: "handshakes",
    side: "server",
    slowPeers: true,
    work: { kind: "storm", inFlight: 64 },
  },
  {
    id: "memory",
    title: "Memory of 10,000 idle connections",
    unit: "bytes per connection",
    side: "server",
    slowPeers: false,
    work: { kind: "memory", connections: 10_000 },
  },
  {
    id: "tls",
    title: "Over TLS: pipelined 1 KiB binary, 20 connections, 8 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 20, depth: 8, message: message(1024), tls: true },
  },
];
