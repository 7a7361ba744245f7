import { type Form, message, type Scenario } from "./scenario.ts";

/** No other peer has WebSockets over HTTP/2: barewire is measured beside itself. */
const alone = { side: "server", slowPeers: false, peers: [] } as const;
const FORMS: readonly Form[] = ["handler", "http2"];

/** Sockets of TLS against streams of one session of HTTP/2; only on request. */
export const http2: readonly Scenario[] = [
  {
    ...alone,
    id: "http2-echo",
    title: "Over TLS, sockets against streams: pipelined 64 B binary, 100 connections, 16 deep",
    unit: "messages",
    forms: FORMS,
    work: { kind: "echo", connections: 100, depth: 16, message: message(64), tls: true },
  },
  {
    ...alone,
    id: "http2-storm",
    title: "Storm of new connections over TLS, sockets against streams, 64 in flight",
    unit: "connections",
    forms: FORMS,
    work: { kind: "short-lived", inFlight: 64, messages: 0, message: message(8), tls: true },
  },
  {
    ...alone,
    id: "http2-memory",
    title: "Memory of 500 idle connections over TLS, sockets against streams",
    unit: "bytes per connection",
    forms: FORMS,
    work: { kind: "memory", connections: 500, tls: true },
  },
];
