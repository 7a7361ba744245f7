/** Ping and Pong (RFC 6455 §5.5.2, §5.5.3). */
import type { DialogCase, Step } from "../../case.ts";
import { meets, weakens } from "../../outcome.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, dialog, eventsThen, PROTOCOL_ERROR } from "../builders.ts";
import { close, frame, giveUp, kill, ping, pong, repeated } from "../steps.ts";

const BYTES = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const FULL = repeated(Buffer.from([0xfe]), 125);
const UNSOLICITED = "unsolicited pong payload";

function answered(
  id: string,
  description: string,
  payload: string | Buffer,
  steps: readonly Step[],
): DialogCase {
  return dialog({
    id,
    description,
    rule: "pingAnswered",
    outcomes: [eventsThen([pong(payload)], CLEAN)],
    steps: () => steps,
  });
}

function ignored(id: string, description: string, payload: string): DialogCase {
  return dialog({
    id,
    description,
    rule: "pongIgnored",
    outcomes: [eventsThen([], CLEAN)],
    steps: () => [frame(OPCODE.pong, payload), close(1000), giveUp()],
  });
}

/** §5.5.3 would allow to answer only the last; Autobahn does not. */
function tenPings(id: string, how: string, chop?: number): DialogCase {
  const payloads = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
  return dialog({
    id,
    description: `Ten Pings, each with its own payload${how}.`,
    rule: "pingAnswered",
    outcomes: [eventsThen(payloads.map(pong), CLEAN)],
    steps: () => [
      ...payloads.map((payload) => ping(payload, chop === undefined ? {} : { chop })),
      giveUp(3000),
    ],
  });
}

const MANY = Array.from({ length: 100 }, (_, i) => `ping ${i}`);

/** Cases 2.1 to 2.11 and 22.9.1. */
export const PINGS: readonly DialogCase[] = [
  answered("2.1", "A Ping without payload.", "", [ping(), giveUp()]),
  answered("2.2", "A Ping with a short text.", "Hello, world!", [ping("Hello, world!"), giveUp()]),
  answered("2.3", "A Ping with bytes that are not UTF-8.", BYTES, [ping(BYTES), giveUp()]),
  answered("2.4", "A Ping with 125 bytes, the most there may be.", FULL, [ping(FULL), giveUp()]),
  dialog({
    id: "2.5",
    description: "A Ping with 126 bytes.",
    rule: "controlShort",
    outcomes: [eventsThen([], PROTOCOL_ERROR)],
    steps: () => [ping(repeated(Buffer.from([0xfe]), 126)), kill()],
  }),
  answered("2.6", "A Ping with 125 bytes, written byte by byte.", FULL, [
    ping(FULL, { chop: 1 }),
    giveUp(2000),
  ]),
  ignored("2.7", "A Pong without payload that nobody asked for, then Close.", ""),
  ignored("2.8", "A Pong with payload that nobody asked for, then Close.", UNSOLICITED),
  answered("2.9", "A Pong that nobody asked for, then a Ping.", "ping payload", [
    frame(OPCODE.pong, UNSOLICITED),
    ping("ping payload"),
    giveUp(),
  ]),
  tenPings("2.10", ""),
  tenPings("2.11", ", written byte by byte", 1),
  dialog({
    id: "22.9.1",
    description: "100 Pings in one write.",
    rule: "pingAnswered",
    // §5.5.3: "a Pong frame for only the most recently processed Ping frame".
    outcomes: [
      meets({ events: MANY.map(pong), sparse: true, end: CLEAN, unless: ["FAILED"] }),
      // §7.3: "Servers MAY close the WebSocket connection whenever desired."
      weakens(
        { events: MANY.map(pong), sparse: "cut", end: { by: "testee" }, unless: ["FAILED"] },
        "The testee ended the connection before the last Ping was answered.",
      ),
    ],
    steps: () => [...MANY.map((payload) => ping(payload)), giveUp(1000)],
  }),
];
