/** Peers that waste time and memory (RFC 6455 §10.4). The testee must live on. */
import type { EnduranceCase, Hands } from "../../case.ts";
import type { RawConnection } from "../../drive/raw-connection.ts";
import { adding, textOf } from "../../opening/head-changes.ts";
import { encodeFrame, OPCODE } from "../../wire/frame.ts";
import {
  announcing,
  begin,
  dribble,
  endlessMessage,
  fragments,
  inBytes,
  largeMessages,
  longPings,
  outcome,
  smallPings,
} from "./floods.ts";

const MIB = 2 ** 20;

/**
 * What a process may grow by over its own plateau, in bytes, besides what it has to keep: pools that grow
 * once, and garbage between two collections.
 */
export const GARBAGE = 64 * MIB;
/** The same with a send buffer or a message of megabytes that the testee may allow. */
export const BUFFERS = 128 * MIB;
/** Sent in floods when memory is watched: twice what may be kept of it, in bytes. */
export const FLOOD = 256 * MIB;

type Act = EnduranceCase["abuse"];

/** A case that a testee of either role must outlive. */
export const endurance = (
  parts: Pick<EnduranceCase, "id" | "only" | "abuse"> &
    Partial<EnduranceCase> & { readonly what: string },
): EnduranceCase => {
  const { what, ...more } = parts;
  return {
    kind: "endurance",
    description: `${what}.`,
    rule: "livesOn",
    outcomes: [],
    heavy: true,
    dangerous: true,
    ...more,
  };
};

interface Abuse {
  readonly what: string;
  readonly act: Act;
  readonly bound?: number;
  /** Numbers of the case for servers and for clients. */
  readonly server?: number;
  readonly client?: number;
}

/** Bytes of a flood: many where memory is watched. */
const amount = ({ watched }: Hands, otherwise: number) => (watched ? FLOOD : otherwise);

/** Sends these bytes, and sees what becomes of the connection. */
export const sending =
  (bytes: (masked: boolean) => Buffer): Act =>
  (connection, { masked }) => {
    connection.send(bytes(masked));
    return outcome(connection);
  };

const ABUSES: readonly Abuse[] = [
  {
    server: 1,
    client: 21,
    what: "A message in 200,000 fragments of one byte",
    act: (c, { masked }) => fragments(c, masked, 200_000),
  },
  {
    server: 2,
    client: 22,
    what: "A message in 500,000 empty fragments",
    act: (c, { masked }) => fragments(c, masked, 500_000, ""),
  },
  { server: 3, client: 23, what: "100,000 Pings", act: (c, { masked }) => smallPings(c, masked) },
  {
    server: 4,
    client: 24,
    what: "8 MiB of Pings to a peer that never reads",
    bound: BUFFERS,
    act: (c, hands) => longPings(c, hands.masked, amount(hands, 8 * MIB)),
  },
  {
    server: 5,
    client: 25,
    what: "Messages of 64 KiB to a peer that never reads",
    bound: BUFFERS,
    act: (c, hands) => largeMessages(c, hands.masked, amount(hands, 16 * MIB)),
  },
  {
    server: 6,
    client: 26,
    what: "A message that never ends: one fragment, then nothing",
    act: sending(begin),
  },
  {
    server: 7,
    client: 27,
    what: "A frame that never ends: its head, then nothing",
    act: sending((masked) => announcing(masked)),
  },
  {
    server: 8,
    what: "50 connections that announce a gigabyte each",
    act: onEach(50, (masked) => announcing(masked), "All were opened."),
  },
  {
    server: 9,
    client: 28,
    what: "A message that dribbles in, byte by byte",
    act: (c, { masked }) => dribble(c, masked),
  },
  {
    server: 11,
    client: 29,
    what: "A message that never ends: fragments of 64 KiB without end",
    bound: BUFFERS,
    act: (c, hands) => endlessMessage(c, hands.masked, amount(hands, 64 * MIB)),
  },
  {
    server: 13,
    what: "Two connections that announce 2^30 bytes each",
    act: onEach(2, (masked) => announcing(masked, 2n ** 30n, "x"), "Both were opened."),
  },
  {
    server: 14,
    client: 33,
    what: "15 MiB of Pings whose Pongs are not read",
    bound: BUFFERS,
    act: (c, { masked }) => longPings(c, masked, 15 * MIB),
  },
  {
    client: 30,
    what: "A server that says nothing once the connection is open",
    act: (c) => outcome(c),
  },
  {
    client: 34,
    what: "Two messages behind a Close",
    act: sending((masked) => {
      const message = encodeFrame({ opcode: OPCODE.text, payload: Buffer.from("late") }, undefined);
      const close = { opcode: OPCODE.close, payload: Buffer.from([0x03, 0xe8]) };
      return Buffer.concat([encodeFrame(close, masked ? MASK : undefined), message, message]);
    }),
  },
];

const MASK = Buffer.alloc(4);

/** So many WebSockets, each of which sends the same and stays open. */
function onEach(count: number, bytes: (masked: boolean) => Buffer, said: string): Act {
  return async (first, { masked, server }) => {
    first.send(bytes(masked));
    for (let i = 1; i < count; i++) (await server!.open()).send(bytes(masked));
    await first.until(() => false, 200);
    return said;
  };
}

const forServer = ({ act, bound = GARBAGE, server, what }: Abuse): EnduranceCase[] =>
  server === undefined
    ? []
    : [endurance({ id: `25.${server}`, only: "server", what, bound, abuse: act })];

const forClient = ({ act, client, what }: Abuse): EnduranceCase[] =>
  client === undefined ? [] : [endurance({ id: `25.${client}`, only: "client", what, abuse: act })];

/** Connections on which no WebSocket is opened. */
const BARE: readonly EnduranceCase[] = [
  endurance({
    id: "25.10",
    only: "server",
    what: "100 connections that say nothing",
    bound: GARBAGE,
    bare: true,
    abuse: async (_none, { server }) => {
      for (let i = 0; i < 100; i++) await server!.connect();
      // The system accepts connections before the testee does.
      await pause(500);
      return "All were accepted.";
    },
  }),
  endurance({
    id: "25.12",
    only: "server",
    http: "1.1",
    what: "20 requests that dribble in, byte by byte, and never end",
    bound: GARBAGE,
    bare: true,
    abuse: async (_none, { server }) => {
      const connections = await Promise.all(Array.from({ length: 20 }, () => server!.connect()));
      for (const byte of Buffer.from(server!.request.slice(0, 40), "latin1")) {
        for (const connection of connections) connection.send(Buffer.from([byte]));
        await pause(50);
      }
      return "They were begun.";
    },
  }),
];

/** What becomes of a client whose request is not answered as it should be. */
const UNANSWERED: readonly EnduranceCase[] = [
  endurance({
    id: "25.31",
    only: "client",
    what: "A server that does not answer the request",
    unanswered: true,
    abuse: (c) => outcome(c),
  }),
  endurance({
    id: "25.32",
    only: "client",
    what: "An answer that dribbles in, byte by byte, and never ends",
    unanswered: true,
    abuse: async (c) => {
      await inBytes(c, Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade"), 50);
      return became(c);
    },
  }),
  endurance({
    id: "21.3.9",
    only: "client",
    what: "An answer with a head of 4 MiB",
    unanswered: true,
    abuse: async (c) => {
      const start = "HTTP/1.1 101 Switching Protocols";
      const large = adding(["X-Large", "x".repeat(4 * MIB)])({ start, fields: [] });
      c.send(Buffer.from(textOf(large)));
      await outcome(c);
      return became(c);
    },
  }),
];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const became = ({ ended }: RawConnection) =>
  ended ? "The client ended the connection." : "The client waited for more.";

/** Cases 25.1 to 25.14 for servers, 25.21 to 25.34 and 21.3.9 for clients. */
export const ABUSES_OF_BOTH: readonly EnduranceCase[] = [
  ...ABUSES.flatMap(forServer),
  ...ABUSES.flatMap(forClient),
  ...BARE,
  ...UNANSWERED,
];
