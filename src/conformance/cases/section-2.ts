/** Section 2: Ping and Pong (RFC 6455 §5.5.2, §5.5.3). */
import type { DialogCase, Step } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import {
  CLEAN,
  close,
  frame,
  giveUp,
  kill,
  PROTOCOL_ERROR,
  ping,
  pong,
  repeated,
} from "./steps.ts";

const BYTES = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const FULL = repeated(Buffer.from([0xfe]), 125);
const UNSOLICITED = "unsolicited pong payload";

function answered(
  id: string,
  what: string,
  payload: string | Buffer,
  steps: readonly Step[],
): DialogCase {
  return {
    kind: "dialog",
    id,
    description: what,
    expectation: "A Pong with the payload of the Ping; then a clean close with 1000.",
    rules: ["RFC 6455 §5.5.2", "RFC 6455 §5.5.3"],
    expected: { OK: [pong(payload)] },
    close: CLEAN,
    steps: () => steps,
  };
}

function ignored(id: string, what: string, payload: string): DialogCase {
  return {
    kind: "dialog",
    id,
    description: what,
    expectation: "Nothing comes back for it; a clean close with 1000.",
    rules: ["RFC 6455 §5.5.3"],
    expected: { OK: [] },
    close: CLEAN,
    steps: () => [frame(OPCODE.pong, payload), close(1000), giveUp()],
  };
}

function tenPings(id: string, how: string, chop?: number): DialogCase {
  const payloads = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
  return {
    kind: "dialog",
    id,
    description: `Ten Pings, each with its own payload${how}.`,
    expectation:
      "A Pong for each, in order. §5.5.3 would allow to answer only the last; this case does not.",
    rules: ["RFC 6455 §5.5.3"],
    expected: { OK: payloads.map((payload) => pong(payload)) },
    close: CLEAN,
    steps: () => [
      ...payloads.map((payload) => ping(payload, chop === undefined ? {} : { chop })),
      giveUp(3000),
    ],
  };
}

/** Cases 2.1 to 2.11. */
export const SECTION_2: readonly DialogCase[] = [
  answered("2.1", "A Ping without payload.", "", [ping(), giveUp()]),
  answered("2.2", "A Ping with a short text.", "Hello, world!", [ping("Hello, world!"), giveUp()]),
  answered("2.3", "A Ping with bytes that are not UTF-8.", BYTES, [ping(BYTES), giveUp()]),
  answered("2.4", "A Ping with 125 bytes, the most there may be.", FULL, [ping(FULL), giveUp()]),
  {
    kind: "dialog",
    id: "2.5",
    description: "A Ping with 126 bytes.",
    expectation: "The connection is failed at once (1002): control frames carry at most 125 bytes.",
    rules: ["RFC 6455 §5.5"],
    expected: { OK: [] },
    close: PROTOCOL_ERROR,
    steps: () => [ping(repeated(Buffer.from([0xfe]), 126)), kill()],
  },
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
];
