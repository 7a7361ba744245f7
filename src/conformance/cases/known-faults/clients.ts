/** Public vulnerabilities of clients, 2024 to 2026: what was sent, as far as it was published. */
import type { Case } from "../../case.ts";
import { meets } from "../../outcome.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, dialog } from "../builders.ts";
import { sending } from "../endurance/abuses.ts";
import {
  announcing,
  endlessFragments,
  endlessMessage,
  longPings,
  wire,
} from "../endurance/floods.ts";
import { awaited, giveUp, message, text } from "../steps.ts";
import { BOMB_OFFER, bombFrames } from "./bombs.ts";
import { knownIn } from "./known.ts";

const MIB = 2 ** 20;

const known = knownIn("27.2", "client");

const FOUR = ["one", "two", "three", "four"];

const extension = (value: string) => [["Sec-WebSocket-Extensions", value] as const];

/** A compressed "Hello" (RFC 7692 §7.2.3.1). */
const HELLO = Buffer.from([0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);

/** Cases 27.2.1 to 27.2.10. */
export const OF_CLIENTS: readonly Case[] = [
  dialog({
    id: "27.2.1",
    only: "client",
    description: "CVE-2025-10148 (curl): four messages, to see the masking keys of their echoes.",
    rule: "freshMasks",
    outcomes: [meets({ events: FOUR.map((one) => message(one)), end: CLEAN, freshKeys: true })],
    steps: () => [giveUp(3000), ...FOUR.flatMap((one, i) => [text(one), awaited(i + 1)])],
  }),
  known(
    2,
    "CVE-2026-1526 (undici)",
    "256 KiB that inflate to 256 MiB",
    sending(() => bombFrames(false, 256)),
    { deflate: BOMB_OFFER },
  ),
  known(
    3,
    "CVE-2026-1528 (undici)",
    "a length of 2^63, and 1 KiB of it",
    sending(() => announcing(false, 1n << 63n, "x".repeat(1024))),
  ),
  known(
    4,
    "CVE-2026-2229 (undici)",
    "server_max_window_bits=1000 in the answer, and a compressed message",
    sending(() => HELLO),
    { answer: extension("permessage-deflate; server_max_window_bits=1000") },
  ),
  known(
    5,
    "CVE-2026-12151 (undici)",
    "a million empty fragments of a message that never ends",
    sending(() => endlessFragments(false, 1_000_000, "")),
  ),
  known(
    6,
    "CVE-2026-9675 (undici)",
    "256 MiB in fragments of 64 KiB of a message that never ends",
    (c) => endlessMessage(c, false, 256 * MIB),
  ),
  known(
    7,
    "CVE-2026-55517 (Deno)",
    "bytes over 0x7f in Sec-WebSocket-Protocol and Sec-WebSocket-Extensions of the answer",
    sending(() => wire(false, OPCODE.text, "x")),
    {
      answer: [
        ["Sec-WebSocket-Protocol", "\x80\xff"],
        ["Sec-WebSocket-Extensions", "x-\x80\xff"],
      ],
    },
  ),
  known(8, "CVE-2026-11586 (curl)", "16 MiB of Pings whose Pongs are never read", (c) =>
    longPings(c, false, 16 * MIB),
  ),
  known(
    9,
    "CVE-2026-12478 (libsoup)",
    "a length of 2^64 - 1 on a frame that is not masked, and 1 KiB of it",
    sending(() => announcing(false, (1n << 64n) - 1n, "x".repeat(1024))),
  ),
  known(
    10,
    "CVE-2026-107227 (AsyncHttpClient)",
    "512 MiB in 256 compressed fragments",
    sending(() => bombFrames(false, 512, 256)),
    { deflate: BOMB_OFFER },
  ),
];
