import { message, type Scenario } from "./scenario.ts";

/** What concerns connections rather than messages. */
export const connections: readonly Scenario[] = [
  {
    id: "handshake",
    title: "Storm of new connections, 64 in flight: opening and closing handshake",
    unit: "connections",
    side: "server",
    slowPeers: true,
    forms: ["handler", "for-await", "await-first"],
    work: { kind: "short-lived", inFlight: 64, messages: 0, message: message(8) },
  },
  {
    // The "limited" echo profile of HttpArena; see `hello`.
    id: "short-lived",
    title: 'Ten times "hello" on each connection, 512 in flight: opened, echoed one by one, closed',
    unit: "connections",
    side: "server",
    slowPeers: false,
    forms: ["handler", "for-await"],
    work: { kind: "short-lived", inFlight: 512, messages: 10, message: message(5, "ascii") },
  },
  {
    id: "memory",
    title: "Memory of 10,000 idle connections",
    unit: "bytes per connection",
    side: "server",
    slowPeers: false,
    work: { kind: "memory", connections: 10_000 },
  },
];

/** The same over TLS. */
export const tls: readonly Scenario[] = [
  {
    id: "tls",
    title: "Over TLS: pipelined 1 KiB binary, 20 connections, 8 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 20, depth: 8, message: message(1024), tls: true },
  },
  {
    id: "tls-small",
    title: "Over TLS: pipelined 64 B binary, 50 connections, 16 deep",
    unit: "messages",
    side: "server",
    slowPeers: false,
    work: { kind: "echo", connections: 50, depth: 16, message: message(64), tls: true },
  },
];
