/** Lengths of frames (RFC 6455 §5.2): at the edges of their forms, padded, and absurd. */
import type { DialogCase, Step } from "../../case.ts";
import { breaks, weakens } from "../../outcome.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, dialog, eventsThen, failed } from "../builders.ts";
import { frame, kill, message, pong, repeated } from "../steps.ts";

/** Payload length, and the size of the pieces in which the frame is sent. */
const SIZES: readonly (readonly [length: number, chop?: number])[] = [
  [0],
  [125],
  [126],
  [127],
  [128],
  [65_535],
  [65_536],
  [65_536, 997],
];

const TYPES = [
  { group: "1.1", name: "text", opcode: OPCODE.text, unit: Buffer.from("*") },
  { group: "1.2", name: "binary", opcode: OPCODE.binary, unit: Buffer.from([0xfe]) },
];

function echo(type: (typeof TYPES)[number], index: number): DialogCase {
  const [length, chop] = SIZES[index]!;
  const payload = repeated(type.unit, length);
  const pieces = chop === undefined ? "" : `, written in pieces of ${chop} bytes`;
  return dialog({
    id: `${type.group}.${index + 1}`,
    description: `A ${type.name} message of ${length} bytes in one frame${pieces}.`,
    rule: "framesParsed",
    outcomes: [eventsThen([message(payload, type.name === "binary")], CLEAN)],
    steps: () => [
      frame(type.opcode, payload, chop === undefined ? {} : { chop }),
      kill(length > 60_000 ? 10_000 : 1000),
    ],
  });
}

/** §5.2 binds the sender; a receiver that takes a padded length breaks nothing but §10.7. */
function padded(index: number, opcode: number, length: number, lengthBytes: 2 | 8): DialogCase {
  const payload = repeated("*", length);
  const name = opcode === OPCODE.ping ? "Ping" : "text message";
  const event = opcode === OPCODE.ping ? pong(payload) : message(payload);
  return dialog({
    id: `22.1.${index}`,
    description: `A ${name} of ${length} bytes with its length in ${lengthBytes} bytes.`,
    rule: "invalidData",
    outcomes: [
      ...failed(),
      weakens({ events: [event], end: CLEAN, unless: ["FAILED"] }, "The frame was taken."),
    ],
    otherwise: "framesParsed",
    steps: () => [frame(opcode, payload, { lengthBytes }), kill()],
  });
}

/** A frame that announces more than anyone sends. Nothing binds the receiver but §10.7 and §10.4. */
const absurd = (id: string, what: string, step: Step): DialogCase =>
  dialog({
    id,
    description: `${what}.`,
    rule: "invalidData",
    dangerous: true,
    outcomes: failed(),
    steps: () => [step, kill()],
  });

const announcing = (opcode: number, announce: bigint, payload = "") =>
  frame(opcode, payload, { lengthBytes: 8, announce });

const ABSURD: readonly DialogCase[] = [
  absurd("22.2.1", "A length of 2^63", announcing(OPCODE.binary, 1n << 63n)),
  absurd("22.2.2", "A length of 2^64 - 1", announcing(OPCODE.text, (1n << 64n) - 1n)),
  {
    ...absurd(
      "22.2.3",
      "A length of 2^63 - 1, legal and too much for anyone",
      announcing(OPCODE.binary, (1n << 63n) - 1n, "x"),
    ),
    rule: "limits",
    outcomes: [],
  },
  absurd("22.2.4", "A Ping with a length of 2^63", announcing(OPCODE.ping, 1n << 63n)),
  absurd(
    "22.2.5",
    "A length of 2^63 + 5, and 5 bytes: all there are if the highest bit is dropped",
    announcing(OPCODE.text, (1n << 63n) + 5n, "hello"),
  ),
  {
    ...absurd(
      "22.2.6",
      "A length of 2^32 + 5, legal, and 5 bytes: all there are if it is cut to 32 bits",
      announcing(OPCODE.text, (1n << 32n) + 5n, "hello"),
    ),
    rule: "limits",
    outcomes: [
      ...failed(),
      breaks({ events: [message("hello")] }, "framesParsed", "The length was cut to 32 bits."),
    ],
  },
];

/** Cases 1.1.1 to 1.2.8 and 22.1.1 to 22.2.6. */
export const LENGTHS: readonly DialogCase[] = [
  ...TYPES.flatMap((type) => SIZES.map((_, index) => echo(type, index))),
  padded(1, OPCODE.text, 5, 2),
  padded(2, OPCODE.text, 125, 2),
  padded(3, OPCODE.text, 5, 8),
  padded(4, OPCODE.text, 126, 8),
  padded(5, OPCODE.text, 65_535, 8),
  padded(6, OPCODE.ping, 5, 2),
  padded(7, OPCODE.ping, 5, 8),
  ...ABSURD,
];
