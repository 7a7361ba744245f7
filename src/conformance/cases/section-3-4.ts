/** Sections 3 and 4: reserved bits and reserved opcodes (RFC 6455 §5.2). */
import type { DialogCase, Step } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import type { Pace } from "../wire/link.ts";
import { frame, kill, message, PROTOCOL_ERROR, ping, text } from "./steps.ts";

const HELLO = "Hello, world!";
const RESERVED = "reserved opcode payload";
const BYTES = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);

const FAILS = "The connection is failed at once (1002).";
const FAILS_AFTER_ECHO =
  "The first message may come back; then the connection is failed at once (1002), without a Pong. Losing the first message is NON-STRICT.";

function refused(id: string, description: string, bad: Step): DialogCase {
  return {
    kind: "dialog",
    id,
    description,
    expectation: FAILS,
    rules: ["RFC 6455 §5.2"],
    expected: { OK: [] },
    close: PROTOCOL_ERROR,
    steps: () => [bad, kill()],
  };
}

/** A good message, a bad frame, a Ping. */
function refusedAfterText(id: string, what: string, bad: Step, pace: Pace = {}): DialogCase {
  return {
    kind: "dialog",
    id,
    description: `A text message, then ${what}, then a Ping${how(pace)}.`,
    expectation: FAILS_AFTER_ECHO,
    rules: ["RFC 6455 §5.2"],
    expected: { OK: [message(HELLO)], "NON-STRICT": [] },
    close: PROTOCOL_ERROR,
    steps: () => [text(HELLO, pace), { ...bad, ...pace }, ping("", pace), kill()],
  };
}

function how(pace: Pace): string {
  if (pace.chop === 1) return ", written byte by byte";
  return pace.alone ? ", each frame written by itself" : "";
}

const BYTEWISE: Pace = { chop: 1 };

/** Cases 3.1 to 3.7. */
export const SECTION_3: readonly DialogCase[] = [
  refused("3.1", "A text message with RSV = 1.", text(HELLO, { rsv: 1 })),
  refusedAfterText("3.2", "one with RSV = 2", text(HELLO, { rsv: 2 })),
  refusedAfterText("3.3", "one with RSV = 3", text(HELLO, { rsv: 3 }), { alone: true }),
  refusedAfterText("3.4", "one with RSV = 4", text(HELLO, { rsv: 4 }), BYTEWISE),
  refused("3.5", "A binary message with RSV = 5.", frame(OPCODE.binary, BYTES, { rsv: 5 })),
  // Autobahn's text speaks of a Ping here; what it sends is a binary message.
  refused("3.6", "A binary message with RSV = 6.", frame(OPCODE.binary, HELLO, { rsv: 6 })),
  refused("3.7", "A Close frame with RSV = 7.", frame(OPCODE.close, "", { rsv: 7 })),
];

function reserved(group: string, kind: string, first: number): DialogCase[] {
  const name = (opcode: number, payload: string) =>
    `a frame with the reserved ${kind} opcode ${opcode}${payload === "" ? "" : " and a payload"}`;
  const bare = (n: number, opcode: number, payload: string) =>
    refused(`${group}.${n}`, `${capital(name(opcode, payload))}.`, frame(opcode, payload));
  const later = (n: number, opcode: number, payload: string, pace?: Pace) =>
    refusedAfterText(`${group}.${n}`, name(opcode, payload), frame(opcode, payload), pace);
  return [
    bare(1, first, ""),
    bare(2, first + 1, RESERVED),
    later(3, first + 2, ""),
    later(4, first + 3, HELLO),
    later(5, first + 4, HELLO, BYTEWISE),
  ];
}

function capital(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

/** Cases 4.1.1 to 4.2.5. */
export const SECTION_4: readonly DialogCase[] = [
  ...reserved("4.1", "data", 3),
  ...reserved("4.2", "control", 11),
];
