/** Section 25: peers that waste a server's time and memory (RFC 6455 §10.4). It must live on. */
import type { ServerProbe } from "../case.ts";
import type { Finding } from "../finding.ts";
import { clientFrame, type Probe, type RawConnection } from "../probe.ts";
import { encodeFrame, OPCODE } from "../wire/frame.ts";
import { repeated } from "./steps.ts";

const MASK = Buffer.alloc(4);
const RULES = ["RFC 6455 §10.4"];

/** How long a server may be busy with what it was sent, in milliseconds. */
const PATIENCE = 5000;

function endurance(
  id: string,
  description: string,
  abuse: (probe: Probe, connection: RawConnection) => Promise<string>,
): ServerProbe {
  return {
    kind: "server-probe",
    only: "server",
    id,
    description: `${description}.`,
    expectation: "Whatever becomes of this connection, a fresh one is served.",
    rules: RULES,
    heavy: true,
    probe: async (probe): Promise<Finding> => {
      const connection = await probe.openConnection();
      const what = await abuse(probe, connection);
      if (!(await probe.alive())) {
        return { behavior: "FAILED", result: `${what} A fresh connection is not served.` };
      }
      return { behavior: "OK", result: `${what} A fresh connection is served.` };
    },
  };
}

const many = (count: number, bytes: Buffer) =>
  Buffer.concat(Array.from({ length: count }, () => bytes));

/** What became of a connection that was flooded. */
async function outcome(connection: RawConnection): Promise<string> {
  const got = await connection.message(PATIENCE);
  if (got !== undefined) return `A message of ${got.length} bytes came back.`;
  const { closeCode, ended } = connection;
  if (closeCode !== undefined) return `The server closed with ${closeCode ?? "no code"}.`;
  return ended ? "The server ended the connection." : "Nothing came back.";
}

const part = (payload: string) =>
  encodeFrame({ opcode: OPCODE.continuation, fin: false, payload: Buffer.from(payload) }, MASK);
const begin = clientFrame(OPCODE.text, "", false);
const end = clientFrame(OPCODE.continuation, "");

/** Cases 25.1 to 25.10. */
export const SECTION_25: readonly ServerProbe[] = [
  endurance("25.1", "A message in 200,000 fragments of one byte", async (_probe, connection) => {
    connection.send(Buffer.concat([begin, many(200_000, part("x")), end]));
    return await outcome(connection);
  }),
  endurance("25.2", "A message in 500,000 empty fragments", async (_probe, connection) => {
    connection.send(Buffer.concat([begin, many(500_000, part("")), end]));
    return await outcome(connection);
  }),
  endurance("25.3", "100,000 Pings", async (_probe, connection) => {
    connection.send(
      Buffer.concat([
        many(100_000, clientFrame(OPCODE.ping, "x")),
        clientFrame(OPCODE.text, "end"),
      ]),
    );
    return await outcome(connection);
  }),
  endurance(
    "25.4",
    "Pings of 125 bytes to a client that never reads",
    async (_probe, connection) => {
      connection.pause(true);
      connection.send(many(60_000, clientFrame(OPCODE.ping, repeated("x", 125))));
      return await outcome(connection);
    },
  ),
  endurance(
    "25.5",
    "16 MiB of messages to a client that never reads",
    async (_probe, connection) => {
      connection.pause(true);
      connection.send(many(256, clientFrame(OPCODE.binary, repeated("x", 65_536))));
      return await outcome(connection);
    },
  ),
  endurance(
    "25.6",
    "A message that never ends: one fragment, then nothing",
    async (_probe, connection) => {
      connection.send(begin);
      return await outcome(connection);
    },
  ),
  endurance(
    "25.7",
    "A frame that never ends: its head, then nothing",
    async (_probe, connection) => {
      connection.send(
        encodeFrame({ opcode: OPCODE.binary, announce: 1_000_000_000n, lengthBytes: 8 }, MASK),
      );
      return await outcome(connection);
    },
  ),
  endurance("25.8", "50 connections that announce a gigabyte each", async (probe) => {
    const head = encodeFrame(
      { opcode: OPCODE.binary, announce: 1_000_000_000n, lengthBytes: 8 },
      MASK,
    );
    for (let i = 0; i < 50; i++) {
      const connection = await probe.openConnection();
      connection.send(head);
    }
    return "All were opened.";
  }),
  endurance("25.9", "A message that dribbles in, byte by byte", async (_probe, connection) => {
    const bytes = clientFrame(OPCODE.text, "dribble");
    for (const byte of bytes) {
      connection.send(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return await outcome(connection);
  }),
  endurance("25.10", "100 connections that say nothing", async (probe) => {
    for (let i = 0; i < 100; i++) await probe.connect();
    return "All were accepted.";
  }),
];
