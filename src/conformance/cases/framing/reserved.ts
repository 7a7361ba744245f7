/** Reserved bits and reserved opcodes (RFC 6455 §5.2), alone, after a message and inside one. */
import type { Pace } from "../../carrier/carrier.ts";
import type { DialogCase, Step } from "../../case.ts";
import { weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { OPCODE } from "../../wire/frame.ts";
import { dialog, eventsThen, failed, PROTOCOL_ERROR } from "../builders.ts";
import { frame, kill, message, ping, text } from "../steps.ts";

const HELLO = "Hello, world!";
const RESERVED = "reserved opcode payload";
const BYTES = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);

const refused = (id: string, description: string, rule: RuleName, bad: Step): DialogCase =>
  dialog({
    id,
    description,
    rule,
    outcomes: [eventsThen([], PROTOCOL_ERROR)],
    steps: () => [bad, kill()],
  });

/** A good message, a bad frame, a Ping. The echo of the first may have left when the second is read. */
function refusedAfterText(
  id: string,
  what: string,
  rule: RuleName,
  bad: Step,
  pace: Pace = {},
): DialogCase {
  return dialog({
    id,
    description: `A text message, then ${what}, then a Ping${how(pace)}.`,
    rule,
    races: true,
    outcomes: [
      eventsThen([message(HELLO)], PROTOCOL_ERROR),
      weakens({ events: [], end: PROTOCOL_ERROR }, "The first message did not come back."),
    ],
    steps: () => [text(HELLO, pace), { ...bad, ...pace }, ping("", pace), kill()],
  });
}

function how(pace: Pace): string {
  if (pace.chop === 1) return ", written byte by byte";
  return pace.alone ? ", each frame written by itself" : "";
}

const BYTEWISE: Pace = { chop: 1 };

function opcodes(group: string, kind: string, first: number): DialogCase[] {
  const name = (opcode: number, payload: string) =>
    `a frame with the reserved ${kind} opcode ${opcode}${payload === "" ? "" : " and a payload"}`;
  const rule = "reservedOpcodes";
  const bare = (n: number, opcode: number, payload: string) =>
    refused(`${group}.${n}`, `${capital(name(opcode, payload))}.`, rule, frame(opcode, payload));
  const later = (n: number, opcode: number, payload: string, pace?: Pace) => {
    const step = frame(opcode, payload);
    return refusedAfterText(`${group}.${n}`, name(opcode, payload), rule, step, pace);
  };
  return [
    bare(1, first, ""),
    bare(2, first + 1, RESERVED),
    later(3, first + 2, ""),
    later(4, first + 3, HELLO),
    later(5, first + 4, HELLO, BYTEWISE),
  ];
}

const capital = (sentence: string) => sentence.slice(0, 1).toUpperCase() + sentence.slice(1);

function opcodeInside(opcode: number, index: number): DialogCase {
  return dialog({
    id: `22.4.${index + 1}`,
    description: `The reserved opcode ${opcode} inside a fragmented message.`,
    rule: "reservedOpcodes",
    outcomes: failed(),
    steps: () => [
      text("fragment1", { fin: false }),
      frame(opcode, "x"),
      frame(OPCODE.continuation, "fragment2"),
      kill(),
    ],
  });
}

function bitsInside(rsv: number): DialogCase[] {
  const first = text("a", { fin: false });
  const last = frame(OPCODE.continuation, "b");
  const places: readonly (readonly [string, readonly Step[]])[] = [
    ["the first fragment", [text("a", { fin: false, rsv }), last]],
    ["a continuation", [first, frame(OPCODE.continuation, "b", { rsv })]],
    ["a Ping between fragments", [first, ping("x", { rsv }), last]],
  ];
  return places.map(([place, steps], i) =>
    dialog({
      id: `22.5.${i + 1 + 3 * (rsv - 1)}`,
      description: `RSV = ${rsv} on ${place}.`,
      rule: "reservedBits",
      outcomes: failed(),
      steps: () => [...steps, kill()],
    }),
  );
}

const bits = "reservedBits";

/** Cases 3.1 to 4.2.5, 22.4.1 to 22.5.21. */
export const RESERVED_CASES: readonly DialogCase[] = [
  refused("3.1", "A text message with RSV = 1.", bits, text(HELLO, { rsv: 1 })),
  refusedAfterText("3.2", "one with RSV = 2", bits, text(HELLO, { rsv: 2 })),
  refusedAfterText("3.3", "one with RSV = 3", bits, text(HELLO, { rsv: 3 }), { alone: true }),
  refusedAfterText("3.4", "one with RSV = 4", bits, text(HELLO, { rsv: 4 }), BYTEWISE),
  refused("3.5", "A binary message with RSV = 5.", bits, frame(OPCODE.binary, BYTES, { rsv: 5 })),
  // Autobahn's text speaks of a Ping here; what it sends is a binary message.
  refused("3.6", "A binary message with RSV = 6.", bits, frame(OPCODE.binary, HELLO, { rsv: 6 })),
  refused("3.7", "A Close frame with RSV = 7.", bits, frame(OPCODE.close, "", { rsv: 7 })),
  ...opcodes("4.1", "data", 3),
  ...opcodes("4.2", "control", 11),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(opcodeInside),
  ...[1, 2, 3, 4, 5, 6, 7].flatMap(bitsInside),
];
