/** Section 22: framing that Autobahn leaves out (RFC 6455 §5). */
import type { DialogCase, ExpectedClose, Step } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import { refused, served } from "./dialog-builders.ts";
import { SPLITS } from "./splits.ts";
import {
  CLEAN,
  close,
  fragments,
  frame,
  kill,
  message,
  PROTOCOL_ERROR,
  ping,
  pong,
  repeated,
  text,
} from "./steps.ts";

const HELLO = "Hello, world!";
const MASK = Buffer.from([0x9a, 0x05, 0xc3, 0x7e]);

/** Both what is wrong with it and how much it is are good reasons. */
const TOO_LONG: ExpectedClose = { ...PROTOCOL_ERROR, codes: [1002, 1009] };

/** §5.2 binds the sender; a receiver that takes a padded length breaks nothing itself. */
function padded(index: number, opcode: number, length: number, lengthBytes: 2 | 8): DialogCase {
  const payload = repeated("*", length);
  const name = opcode === OPCODE.ping ? "Ping" : "text message";
  const event = opcode === OPCODE.ping ? pong(payload) : message(payload);
  return {
    ...refused(
      `22.1.${index}`,
      `A ${name} of ${length} bytes with its length in ${lengthBytes} bytes`,
      { rule: "§5.2", otherwise: { behavior: "NON-STRICT", events: [event], close: CLEAN } },
      () => [frame(opcode, payload, { lengthBytes })],
    ),
    expectation: "The connection is failed (1002). Taking the frame is NON-STRICT.",
  };
}

const LENGTHS: readonly DialogCase[] = [
  padded(1, OPCODE.text, 5, 2),
  padded(2, OPCODE.text, 125, 2),
  padded(3, OPCODE.text, 5, 8),
  padded(4, OPCODE.text, 126, 8),
  padded(5, OPCODE.text, 65_535, 8),
  padded(6, OPCODE.ping, 5, 2),
  padded(7, OPCODE.ping, 5, 8),
  refused("22.2.1", "A length of 2^63", { rule: "§5.2", close: TOO_LONG }, () => [
    frame(OPCODE.binary, "", { lengthBytes: 8, announce: 1n << 63n }),
  ]),
  refused("22.2.2", "A length of 2^64 - 1", { rule: "§5.2", close: TOO_LONG }, () => [
    frame(OPCODE.text, "", { lengthBytes: 8, announce: (1n << 64n) - 1n }),
  ]),
  {
    ...refused(
      "22.2.3",
      "A length of 2^63 - 1, legal and too much for anyone",
      { rule: "§10.4" },
      () => [frame(OPCODE.binary, "x", { lengthBytes: 8, announce: (1n << 63n) - 1n })],
    ),
    expectation: "Any way to refuse it is right, best 1009; to wait for the rest is allowed.",
    informational: () => "Implementations may have limits (§10.4), and need not.",
  },
  refused("22.2.4", "A Ping with a length of 2^63", { rule: "§5.5" }, () => [
    frame(OPCODE.ping, "", { lengthBytes: 8, announce: 1n << 63n }),
  ]),
];

const UNMASKED: readonly (readonly [string, number])[] = [
  ["text message", OPCODE.text],
  ["binary message", OPCODE.binary],
  ["Ping", OPCODE.ping],
  ["Pong", OPCODE.pong],
];

const MASKS: readonly DialogCase[] = [
  ...UNMASKED.map(([name, opcode], i) =>
    refused(
      `22.3.${i + 1}`,
      `An unmasked ${name} from the client`,
      { rule: "§5.1", only: "server" },
      () => [frame(opcode, "x", { mask: false })],
    ),
  ),
  ...UNMASKED.map(([name, opcode], i) =>
    refused(
      `22.3.${i + 5}`,
      `A masked ${name} from the server`,
      { rule: "§5.1", only: "client" },
      () => [frame(opcode, "x", { mask: MASK })],
    ),
  ),
  refused(
    "22.3.9",
    "An unmasked empty text message from the client",
    { rule: "§5.1", only: "server" },
    () => [frame(OPCODE.text, "", { mask: false })],
  ),
  refused(
    "22.3.10",
    "A masked empty text message from the server",
    { rule: "§5.1", only: "client" },
    () => [frame(OPCODE.text, "", { mask: MASK })],
  ),
  refused(
    "22.3.11",
    "An unmasked continuation of a masked text",
    { rule: "§5.1", only: "server" },
    () => [text("a", { fin: false }), frame(OPCODE.continuation, "b", { mask: false })],
  ),
  served(
    "22.3.12",
    "Masking keys of zeros and of ones",
    "§5.3",
    [message(HELLO), message(HELLO)],
    () => [text(HELLO, { mask: Buffer.alloc(4) }), text(HELLO, { mask: Buffer.alloc(4, 0xff) })],
    { only: "server" },
  ),
  refused("22.3.13", "An unmasked Close from the client", { rule: "§5.1", only: "server" }, () => [
    frame(OPCODE.close, Buffer.from([0x03, 0xe8]), { mask: false }),
  ]),
  refused("22.3.14", "A masked Close from the server", { rule: "§5.1", only: "client" }, () => [
    frame(OPCODE.close, Buffer.from([0x03, 0xe8]), { mask: MASK }),
  ]),
];

const RESERVED = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

const INSIDE: readonly DialogCase[] = [
  ...RESERVED.map((opcode, i) =>
    refused(
      `22.4.${i + 1}`,
      `The reserved opcode ${opcode} inside a fragmented message`,
      { rule: "§5.2" },
      () => [
        text("fragment1", { fin: false }),
        frame(opcode, "x"),
        frame(OPCODE.continuation, "fragment2"),
      ],
    ),
  ),
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => reservedBits(rsv)),
];

function reservedBits(rsv: number): DialogCase[] {
  const one = (n: number, what: string, steps: readonly Step[]) =>
    refused(`22.5.${n + 3 * (rsv - 1)}`, `RSV = ${rsv} on ${what}`, { rule: "§5.2" }, () => steps);
  const first = text("a", { fin: false });
  return [
    one(1, "the first fragment", [text("a", { fin: false, rsv }), frame(OPCODE.continuation, "b")]),
    one(2, "a continuation", [first, frame(OPCODE.continuation, "b", { rsv })]),
    one(3, "a Ping between fragments", [
      first,
      ping("x", { rsv }),
      frame(OPCODE.continuation, "b"),
    ]),
  ];
}

const AFTER: readonly (readonly [string, readonly Step[]])[] = [
  ["a binary message", [frame(OPCODE.binary, "x")]],
  ["a Pong", [frame(OPCODE.pong, "x")]],
  ["a continuation of nothing", [frame(OPCODE.continuation, "x")]],
  ["a frame with a reserved opcode", [frame(3, "x")]],
  ["another Close with another code", [frame(OPCODE.close, Buffer.from([0x0f, 0xa0]))]],
  ["a message of 1 MiB", [frame(OPCODE.binary, repeated("x", 2 ** 20))]],
  ["bytes that are no frames", [{ kind: "bytes", bytes: repeated(Buffer.from([0xff, 0x13]), 64) }]],
];

const CLOSES: readonly DialogCase[] = [
  ...AFTER.map(([what, steps], i) =>
    closing(`22.7.${i + 1}`, `After Close ${what}`, () => [close(1000), ...steps]),
  ),
  closing("22.8.1", "Close byte by byte", () => [{ ...close(1000), chop: 1 } as Step]),
  closing("22.8.2", "Close with the longest reason, byte by byte", () => [
    { ...close(1000, repeated("\u20ac", 123)), chop: 1 } as Step,
  ]),
  closing("22.8.3", "Close right behind a Pong, in pieces of 3 bytes", () => [
    frame(OPCODE.pong, "x", { chop: 3 }),
    { ...close(1000, "bye"), chop: 3 } as Step,
  ]),
];

function closing(
  id: string,
  description: string,
  steps: (isServer: boolean) => readonly Step[],
): DialogCase {
  return {
    kind: "dialog",
    id,
    description: `${description}.`,
    expectation: "A clean close with 1000; nothing else comes back.",
    rules: ["RFC 6455 §5.5.1", "RFC 6455 §1.4"],
    expected: { OK: [] },
    close: CLEAN,
    suppressClose: true,
    wrongCodeFails: true,
    steps: (isServer) => [...steps(isServer), kill()],
  };
}

const manyPings = Array.from({ length: 100 }, (_, i) => `ping ${i}`);
const BYTES = Buffer.from([0x00, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]);

const MIXED: readonly DialogCase[] = [
  served(
    "22.9.1",
    "100 Pings in one write",
    "§5.5.2",
    manyPings.map((text) => pong(text)),
    () => manyPings.map((payload) => ping(payload)),
  ),
  served(
    "22.9.2",
    "A text message in 1000 fragments, all but one empty",
    "§5.4",
    [message("x")],
    () => fragments(OPCODE.text, [...Array.from({ length: 999 }, () => ""), "x"]),
  ),
  served(
    "22.9.3",
    "A binary message in fragments, of bytes that are not UTF-8",
    "§5.6",
    [message(BYTES, true)],
    () => fragments(OPCODE.binary, [BYTES.subarray(0, 3), BYTES.subarray(3)]),
  ),
  served(
    "22.9.4",
    "A character cut between fragments with a Ping in between",
    "§5.4",
    [pong("p"), message("\u20ac")],
    () => [
      frame(OPCODE.text, Buffer.from([0xe2, 0x82]), { fin: false }),
      ping("p"),
      frame(OPCODE.continuation, Buffer.from([0xac])),
    ],
  ),
  served(
    "22.9.5",
    "Text that begins with U+FEFF, which is part of it",
    "§5.6",
    [message("\ufefftext")],
    () => [text("\ufefftext")],
  ),
  served(
    "22.9.6",
    "Text with NUL and other controls",
    "§5.6",
    [message("a\0b\u0001\u007f")],
    () => [text("a\0b\u0001\u007f")],
  ),
  served(
    "22.9.7",
    "Text, then binary, then text with the same bytes",
    "§5.6",
    [message("x"), message("x", true), message("x")],
    () => [text("x"), frame(OPCODE.binary, "x"), text("x")],
  ),
  served("22.9.8", "A Pong between fragments", "§5.4", [message("ab")], () => [
    text("a", { fin: false }),
    frame(OPCODE.pong, "x"),
    frame(OPCODE.continuation, "b"),
  ]),
  served(
    "22.9.9",
    "A text message of the last valid characters of each length",
    "§8.1",
    [message("\u007f\u07ff\uffff\u{10ffff}")],
    () => [text("\u007f\u07ff\uffff\u{10ffff}", { chop: 1 })],
  ),
];

/** Cases 22.1.1 to 22.9.9. */
export const SECTION_22: readonly DialogCase[] = [
  ...LENGTHS,
  ...MASKS,
  ...INSIDE,
  ...SPLITS,
  ...CLOSES,
  ...MIXED,
];
