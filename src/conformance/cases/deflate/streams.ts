/** Compressed messages, legal and not (RFC 7692 §6, §7.2). */
import type { DialogCase, Step } from "../../case.ts";
import type { RuleName } from "../../rules.ts";
import { OPCODE } from "../../wire/frame.ts";
import { failed, served } from "../builders.ts";
import { frame, giveUp, kill, message, ping, pong, text } from "../steps.ts";
import { compressed, deflateCase, deflated, inflatesNothing, withFinal } from "./deflate-steps.ts";

const HELLO = "Hello, Hello, Hello!";

function legal(
  id: string,
  what: string,
  rule: RuleName,
  steps: readonly Step[],
  events = [message(HELLO)],
): DialogCase {
  return deflateCase({
    id,
    description: `${what}.`,
    rule,
    outcomes: served(events, { apart: true }),
    steps: () => [...steps, giveUp(3000)],
  });
}

const illegal = (id: string, what: string, rule: RuleName, steps: readonly Step[]): DialogCase =>
  deflateCase({
    id,
    description: `${what}.`,
    rule,
    outcomes: failed(),
    steps: () => [...steps, kill()],
  });

const corrupt = (id: string, what: string, payload: Buffer): DialogCase =>
  deflateCase({
    id,
    description: `${what}.`,
    rule: "streamInvalid",
    outcomes: inflatesNothing(),
    steps: () => [compressed(payload), kill()],
  });

const body = deflated(HELLO);
const flushed = Buffer.from([0, 0, 0xff, 0xff]);

/** The example of §7.2.3.4. */
const EXAMPLE = Buffer.from([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]);

const LEGAL: readonly DialogCase[] = [
  legal("24.1.1", "A message that is not compressed", "deflated", [text(HELLO)]),
  legal(
    "24.1.2",
    "A compressed message in three fragments with a Ping inside",
    "controlInside",
    [
      compressed(body.subarray(0, 3), { fin: false }),
      frame(OPCODE.continuation, body.subarray(3, 5), { fin: false }),
      ping("inside"),
      frame(OPCODE.continuation, body.subarray(5)),
    ],
    [pong("inside"), message(HELLO)],
  ),
  legal("24.1.3", "A compressed message whose first fragment is empty", "deflated", [
    compressed(Buffer.alloc(0), { fin: false }),
    frame(OPCODE.continuation, body),
  ]),
  legal("24.1.4", "A compressed message whose last fragment is empty", "deflated", [
    compressed(body, { fin: false }),
    frame(OPCODE.continuation, ""),
  ]),
  legal(
    "24.1.5",
    "An empty message as a byte of zero",
    "deflateBlocks",
    [compressed(Buffer.from([0]))],
    [message("")],
  ),
  legal("24.1.6", "A stored block", "deflateBlocks", [compressed(deflated(HELLO, 0))]),
  legal("24.1.7", "A block with BFINAL set", "deflateBlocks", [compressed(withFinal(HELLO))]),
  legal("24.1.8", "Two blocks in one message", "deflateBlocks", [
    compressed(Buffer.concat([deflated("Hello, "), flushed, deflated("Hello, Hello!")])),
  ]),
  legal("24.1.9", "A compressed message, byte by byte", "deflated", [
    compressed(body, { chop: 1 }),
  ]),
  legal(
    "24.1.10",
    "The example of RFC 7692 §7.2.3.4, a block with BFINAL set",
    "deflateBlocks",
    [compressed(EXAMPLE)],
    [message("Hello")],
  ),
  legal(
    "24.1.11",
    "The example of RFC 7692 §7.2.3.4 three times",
    "deflateBlocks",
    [compressed(EXAMPLE), compressed(EXAMPLE), compressed(EXAMPLE)],
    [message("Hello"), message("Hello"), message("Hello")],
  ),
  legal(
    "24.1.12",
    "A compressed message in fragments of a byte with a Ping behind each",
    "controlInside",
    [...body].flatMap((byte, i) => [
      i === 0
        ? compressed(Buffer.from([byte]), { fin: false })
        : frame(OPCODE.continuation, Buffer.from([byte]), { fin: i === body.length - 1 }),
      ...(i === body.length - 1 ? [] : [ping(`${i}`)]),
    ]),
    [...Array.from({ length: body.length - 1 }, (_, i) => pong(`${i}`)), message(HELLO)],
  ),
];

const MISUSE: readonly DialogCase[] = [
  illegal("24.2.1", "RSV1 on a Ping", "compressedBit", [ping("x", { rsv: 4 })]),
  illegal("24.2.2", "RSV1 on a Pong", "compressedBit", [frame(OPCODE.pong, "x", { rsv: 4 })]),
  illegal("24.2.3", "RSV1 on a continuation", "compressedBit", [
    compressed(body.subarray(0, 3), { fin: false }),
    frame(OPCODE.continuation, body.subarray(3), { rsv: 4 }),
  ]),
  illegal(
    "24.2.4",
    "RSV1 on the continuation of a message that is not compressed",
    "compressedBit",
    [text("a", { fin: false }), frame(OPCODE.continuation, body, { rsv: 4 })],
  ),
  illegal("24.2.5", "RSV2 beside RSV1", "reservedBits", [compressed(body, { rsv: 6 })]),
  illegal("24.2.6", "RSV3 beside RSV1", "reservedBits", [compressed(body, { rsv: 5 })]),
];

const STREAMS: readonly DialogCase[] = [
  corrupt("24.3.1", "A block of the reserved type 3", Buffer.from([0x07, 0x00])),
  corrupt(
    "24.3.2",
    "Bytes that are no deflate stream",
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0x12]),
  ),
  corrupt(
    "24.3.3",
    "A stored block whose lengths disagree",
    Buffer.from([0x00, 0x05, 0x00, 0x00, 0x00, 0x41]),
  ),
  corrupt(
    "24.3.4",
    "A match that reaches back before the first byte",
    Buffer.from([0x02, 0x02, 0x00, 0x00]),
  ),
  illegal("24.3.5", "Compressed text that is not UTF-8", "textValid", [
    compressed(deflated(Buffer.from([0x61, 0xed, 0xa0, 0x80]))),
  ]),
  corrupt(
    "24.3.6",
    "Text that ends within a stored block",
    Buffer.from([0x00, 0x64, 0x00, 0x9b, 0xff, 0x61, 0x62]),
  ),
];

/** 64 MiB of zeros. Made when it is needed. */
const bomb = () => deflated(Buffer.alloc(64 * 2 ** 20));

const BOMBS: readonly DialogCase[] = [
  deflateCase({
    id: "24.4.1",
    description: "64 KiB that inflate to 64 MiB.",
    rule: "limits",
    outcomes: [],
    heavy: true,
    steps: () => [frame(OPCODE.binary, bomb(), { rsv: 4 }), kill(3000)],
  }),
];

/** Cases 24.1.1 to 24.4.1. */
export const DEFLATE_STREAMS: readonly DialogCase[] = [...LEGAL, ...MISUSE, ...STREAMS, ...BOMBS];
