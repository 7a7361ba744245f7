/**
 * What the gates measure. Everything is done in rounds of a fixed size, see `measured/main.mjs`; what a
 * figure is per, a message or a delivery or a connection, is `unit`.
 */

/** What the measured process does. */
export interface GateScenario {
  /** Name for the command line, and in `bounds.json`. */
  readonly id: string;
  readonly title: string;
  readonly unit: "message" | "delivery" | "connection";
  /** Name of a form in `measured/forms.mjs`. */
  readonly form: string;
  /** Whether the measured process connects to the other side, instead of being the server. */
  readonly client?: boolean;
  readonly tls?: boolean;
  readonly compression?: boolean;
  readonly connections: number;
  /** How many of the connections send in a round, all by default, and how many messages each. */
  readonly senders?: number;
  readonly depth: number;
  readonly message: {
    readonly bytes: number;
    readonly content: "binary" | "ascii" | "multibyte" | "json";
    readonly fragments?: number;
  };
  /** How many messages come back for one, over all connections; 1 by default. */
  readonly replies?: number;
  /** Whether each round opens and closes its connections. */
  readonly shortLived?: boolean;
}

const ASCII_64 = { bytes: 64, content: "ascii" } as const;
const PIPELINED = { connections: 50, depth: 64, unit: "message" } as const;
const PING_PONG = { connections: 50, depth: 1, message: ASCII_64, unit: "message" } as const;

const CHAT = 32;
const GROUPS = { count: 10, members: 20, copies: 10 };

function chat(id: string, form: string, words: string, depth: number): GateScenario {
  return {
    id,
    title: `chat room of ${CHAT}, 20 B text, ${depth} deep, ${words}`,
    unit: "delivery",
    form,
    connections: CHAT,
    depth,
    message: { bytes: 20, content: "ascii" },
    replies: CHAT,
  };
}

const echoes: readonly GateScenario[] = [
  {
    id: "handler-1-deep",
    title: "64 B text, 50 connections, 1 deep, handler object",
    form: "handler",
    ...PING_PONG,
  },
  {
    id: "for-await-1-deep",
    title: "64 B text, 50 connections, 1 deep, for await",
    form: "forAwait",
    ...PING_PONG,
  },
  {
    id: "handler-64-deep",
    title: "64 B text, 50 connections, 64 deep, handler object",
    form: "handler",
    ...PIPELINED,
    message: ASCII_64,
  },
  {
    id: "for-await-64-deep",
    title: "64 B text, 50 connections, 64 deep, for await",
    form: "forAwait",
    ...PIPELINED,
    message: ASCII_64,
  },
  {
    id: "receive-64-deep",
    title: "64 B text, 50 connections, 64 deep, receive() in a loop",
    form: "receive",
    ...PIPELINED,
    message: ASCII_64,
  },
  {
    id: "binary-64-deep",
    title: "64 B binary, 50 connections, 64 deep, handler object",
    form: "handler",
    ...PIPELINED,
    message: { bytes: 64, content: "binary" },
  },
  {
    id: "multibyte-64-deep",
    title: "64 B text of several bytes a character, 50 connections, 64 deep, handler object",
    form: "handler",
    ...PIPELINED,
    message: { bytes: 64, content: "multibyte" },
  },
  {
    id: "kibibyte",
    title: "1 KiB binary, 20 connections, 8 deep, handler object",
    form: "handler",
    unit: "message",
    connections: 20,
    depth: 8,
    message: { bytes: 1024, content: "binary" },
  },
  {
    id: "fragments",
    title: "1 KiB binary in 8 fragments, 20 connections, 8 deep, handler object",
    form: "handler",
    unit: "message",
    connections: 20,
    depth: 8,
    message: { bytes: 1024, content: "binary", fragments: 8 },
  },
  {
    id: "parts",
    title:
      "48 KiB binary in 3 fragments, 20 connections, 1 deep, in parts, answered with its length",
    form: "parts",
    unit: "message",
    connections: 20,
    depth: 1,
    message: { bytes: 49_152, content: "binary", fragments: 3 },
  },
];

const others: readonly GateScenario[] = [
  {
    id: "tls",
    title: "1 KiB binary over TLS, 20 connections, 8 deep, handler object",
    form: "handler",
    unit: "message",
    tls: true,
    connections: 20,
    depth: 8,
    message: { bytes: 1024, content: "binary" },
  },
  {
    id: "compressed",
    title: "JSON of 130 B, compressed, 50 connections, 16 deep, handler object",
    form: "handler",
    unit: "message",
    compression: true,
    connections: 50,
    depth: 16,
    message: { bytes: 130, content: "json" },
  },
  {
    id: "client-1-deep",
    title: "client: 64 B text, 50 connections, 1 deep, handler object",
    form: "handler",
    client: true,
    ...PING_PONG,
  },
  {
    id: "client-64-deep",
    title: "client: 64 B text, 50 connections, 64 deep, handler object",
    form: "handler",
    client: true,
    ...PIPELINED,
    message: ASCII_64,
  },
  {
    id: "short-lived",
    title: "32 connections: opened, one message echoed, closed; handler object",
    unit: "connection",
    form: "handler",
    shortLived: true,
    connections: 32,
    depth: 1,
    message: ASCII_64,
  },
  {
    id: "short-lived-await",
    title: "32 connections: opened behind an await, one message echoed by for await, closed",
    unit: "connection",
    form: "awaitFirst",
    shortLived: true,
    connections: 32,
    depth: 1,
    message: ASCII_64,
  },
];

/** All gates, those of ordinary use first. */
export const gates: readonly GateScenario[] = [
  ...echoes,
  chat("chat-broadcast-1", "broadcast", "broadcast()", 1),
  chat("chat-broadcast-4", "broadcast", "broadcast()", 4),
  chat("chat-send-loop-1", "sendLoop", "send() in a loop", 1),
  {
    id: "groups",
    title: `${GROUPS.copies} messages of 64 B to each of ${GROUPS.count} groups of ${GROUPS.members} in a tick`,
    unit: "delivery",
    form: "groups",
    connections: GROUPS.count * GROUPS.members,
    senders: 1,
    depth: 1,
    message: ASCII_64,
    replies: GROUPS.count * GROUPS.members * GROUPS.copies,
  },
  ...others,
];
