/** Section 25: peers that waste time and memory (RFC 6455 §10.4). The testee must live on. */
import type { ClientEndurance, ServerProbe } from "../case.ts";
import type { Finding } from "../finding.ts";
import { type Growth, watchMemory } from "../memory.ts";
import type { Probe, RawConnection } from "../probe.ts";
import {
  announcing,
  begin,
  dribble,
  emptyFragments,
  endlessMessage,
  largeMessages,
  longPings,
  outcome,
  smallFragments,
  smallPings,
} from "./floods.ts";
import { textOf } from "./request-rows.ts";

const RULES = ["RFC 6455 §10.4"];
const MIB = 2 ** 20;

/**
 * What a process may grow by, in bytes, besides what it has to keep: the garbage of a managed
 * runtime between two collections, and pools that grow once. Servers on Node.js, with `ws` and with
 * barewire, were seen to grow by at most 7 MiB where this bound holds.
 */
const GARBAGE = 64 * MIB;
/** The same with a send buffer or a message of megabytes that the testee may allow. */
const BUFFERS = 128 * MIB;
/** Sent in floods when memory is watched: twice what may be kept of it, in bytes. */
const FLOOD = 256 * MIB;

interface Abuse {
  readonly what: string;
  /** Most bytes that the server may grow by. */
  readonly bound: number;
  /** `flood` is how many bytes to send where it is a matter of amount. */
  readonly act: (probe: Probe, connection: RawConnection, flood: number) => Promise<string>;
  /** The same when memory is not watched. */
  readonly flood?: number;
}

function endurance(index: number, { act, bound, flood, what }: Abuse): ServerProbe {
  return {
    kind: "server-probe",
    only: "server",
    id: `25.${index}`,
    description: `${what}.`,
    expectation:
      "Whatever becomes of this connection, a fresh one is served. " +
      `With --pid: the server's memory grows by no more than ${bound / MIB} MiB.`,
    rules: RULES,
    heavy: true,
    probe: async (probe): Promise<Finding> => {
      const { pid } = probe.testee;
      const all = async () => {
        const amount = pid === undefined ? (flood ?? FLOOD) : FLOOD;
        const said = await act(probe, await probe.openConnection(), amount);
        return { said, alive: await probe.alive() };
      };
      if (pid === undefined) return livenessFinding(await all());
      const { growth, value } = await watchMemory(pid, all);
      return memoryFinding(livenessFinding(value), growth, bound);
    },
  };
}

function livenessFinding({
  alive,
  said,
}: {
  readonly alive: boolean;
  readonly said: string;
}): Finding {
  return alive
    ? { behavior: "OK", result: `${said} A fresh connection is served.` }
    : { behavior: "FAILED", result: `${said} A fresh connection is not served.` };
}

function memoryFinding(
  { behavior, result }: Finding,
  { before, most }: Growth,
  bound: number,
): Finding {
  if (most === undefined) return { behavior: "FAILED", result: `${result} The process is gone.` };
  const mib = (bytes: number) => Math.round(bytes / MIB);
  const grew = `Memory grew by ${mib(most - before)} MiB, from ${mib(before)} to ${mib(most)}`;
  if (most - before <= bound) return { behavior, result: `${result} ${grew}.` };
  return { behavior: "FAILED", result: `${result} ${grew}, more than ${mib(bound)}.` };
}

/** From the client's side: every frame is masked. */
const MASKED = true;

const ABUSES: readonly Abuse[] = [
  {
    what: "A message in 200,000 fragments of one byte",
    bound: GARBAGE,
    act: (_probe, connection) => smallFragments(connection, MASKED),
  },
  {
    what: "A message in 500,000 empty fragments",
    bound: GARBAGE,
    act: (_probe, connection) => emptyFragments(connection, MASKED),
  },
  {
    what: "100,000 Pings",
    bound: GARBAGE,
    act: (_probe, connection) => smallPings(connection, MASKED),
  },
  {
    what: "Pings of 125 bytes to a client that never reads",
    bound: BUFFERS,
    flood: 8 * MIB,
    act: (_probe, connection, flood) => longPings(connection, MASKED, flood),
  },
  {
    what: "Messages of 64 KiB to a client that never reads",
    bound: BUFFERS,
    flood: 16 * MIB,
    act: (_probe, connection, flood) => largeMessages(connection, MASKED, flood),
  },
  {
    what: "A message that never ends: one fragment, then nothing",
    bound: GARBAGE,
    act: (_probe, connection) => {
      connection.send(begin(MASKED));
      return outcome(connection);
    },
  },
  {
    what: "A frame that never ends: its head, then nothing",
    bound: GARBAGE,
    act: (_probe, connection) => {
      connection.send(announcing(MASKED));
      return outcome(connection);
    },
  },
  {
    what: "50 connections that announce a gigabyte each",
    bound: GARBAGE,
    act: async (probe) => {
      for (let i = 0; i < 50; i++) (await probe.openConnection()).send(announcing(MASKED));
      return "All were opened.";
    },
  },
  {
    what: "A message that dribbles in, byte by byte",
    bound: GARBAGE,
    act: (_probe, connection) => dribble(connection, MASKED),
  },
  {
    what: "100 connections that say nothing",
    bound: GARBAGE,
    act: async (probe) => {
      for (let i = 0; i < 100; i++) await probe.connect();
      return "All were accepted.";
    },
  },
  {
    what: "A message that never ends: fragments of 64 KiB without end",
    bound: BUFFERS,
    flood: 64 * MIB,
    act: (_probe, connection, flood) => endlessMessage(connection, MASKED, flood),
  },
];

/** Dribbles the request itself; only HTTP/1.1 has it as text. */
const slowHead: ServerProbe = {
  ...endurance(12, {
    what: "20 requests that dribble in, byte by byte, and never end",
    bound: GARBAGE,
    act: async (probe) => {
      const text = textOf(probe.rightRequest());
      const connections = await Promise.all(Array.from({ length: 20 }, () => probe.connect()));
      for (const byte of Buffer.from(text.slice(0, 40), "latin1")) {
        for (const connection of connections) connection.send(Buffer.from([byte]));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return "They were begun.";
    },
  }),
  http: "1.1",
};

/** The same from a server; the client must come back for its next case. */
const forClient = (
  index: number,
  what: string,
  act: (connection: RawConnection) => Promise<string>,
): ClientEndurance => ({
  kind: "client-endurance",
  only: "client",
  id: `25.${index}`,
  description: `${what}.`,
  expectation: "Whatever becomes of this connection, the client makes its next request.",
  rules: RULES,
  heavy: true,
  abuse: act,
});

const sending = (bytes: () => Buffer) => (connection: RawConnection) => {
  connection.send(bytes());
  return outcome(connection);
};

const CLIENTS: readonly ClientEndurance[] = [
  forClient(21, "A message in 200,000 fragments of one byte", (c) => smallFragments(c, false)),
  forClient(22, "A message in 500,000 empty fragments", (c) => emptyFragments(c, false)),
  forClient(23, "100,000 Pings", (c) => smallPings(c, false)),
  forClient(24, "Pings of 125 bytes from a server that never reads", (c) =>
    longPings(c, false, 8 * MIB),
  ),
  forClient(25, "Messages of 64 KiB from a server that never reads", (c) =>
    largeMessages(c, false, 16 * MIB),
  ),
  forClient(
    26,
    "A message that never ends: one fragment, then nothing",
    sending(() => begin(false)),
  ),
  forClient(
    27,
    "A frame that never ends: its head, then nothing",
    sending(() => announcing(false)),
  ),
  forClient(28, "A message that dribbles in, byte by byte", (c) => dribble(c, false)),
  forClient(29, "A message that never ends: fragments of 64 KiB without end", (c) =>
    endlessMessage(c, false, 64 * MIB),
  ),
  forClient(30, "A server that says nothing once the connection is open", (c) => outcome(c)),
  {
    ...forClient(31, "A server that does not answer the request", (c) => outcome(c)),
    unanswered: true,
  },
  {
    ...forClient(32, "An answer that dribbles in, byte by byte, and never ends", async (c) => {
      for (const byte of Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade")) {
        c.send(Buffer.from([byte]));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return c.ended ? "The client ended the connection." : "It was ended by the server.";
    }),
    unanswered: true,
  },
];

/** Cases 25.1 to 25.12 for servers, 25.21 to 25.32 for clients. */
export const SECTION_25: readonly (ServerProbe | ClientEndurance)[] = [
  ...ABUSES.map((abuse, i) => endurance(i + 1, abuse)),
  slowHead,
  ...CLIENTS,
];
