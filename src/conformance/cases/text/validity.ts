/** Text is UTF-8 (RFC 6455 §5.6, §8.1). */
import type { DialogCase, Step } from "../../case.ts";
import { weakens } from "../../outcome.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, dialog, eventsThen, INVALID_TEXT, served } from "../builders.ts";
import { cut, fragments, frame, giveUp, kill, message, text, timeout, wait } from "../steps.ts";
import { KOSME, SEQUENCE_GROUPS } from "./sequences.ts";

const SAMPLE = "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!";
const SAMPLE_CUT = Buffer.byteLength("Hello-\u00b5@\u00df\u00f6\u00e4");
const EDITED = Buffer.from("edited");
/** A surrogate, which cannot be in UTF-8, in the middle. */
const WITH_SURROGATE = Buffer.concat([KOSME, Buffer.from([0xed, 0xa0, 0x80]), EDITED]);
/** U+110000, past the end of Unicode, in the middle: wrong from the 13th byte on. */
const PAST_UNICODE = Buffer.concat([KOSME, Buffer.from([0xf4, 0x90, 0x80, 0x80]), EDITED]);

const echoed = (
  id: string,
  description: string,
  payload: string | Buffer,
  steps: readonly Step[],
): DialogCase =>
  dialog({
    id,
    description,
    rule: "framesParsed",
    outcomes: [eventsThen([message(payload)], CLEAN)],
    steps: () => steps,
  });

/** A testee that did not end the connection has not noticed. */
const refused = (id: string, description: string, steps: readonly Step[]): DialogCase =>
  dialog({
    id,
    description,
    rule: "textValid",
    outcomes: [eventsThen([], INVALID_TEXT, ["FAILED"])],
    steps: () => steps,
  });

/** Three parts with a second between them; the second part makes the text invalid. */
function failFast(id: string, description: string, parts: readonly Step[]): DialogCase {
  const [a, b] = [timeout("A"), timeout("B")];
  return dialog({
    id,
    description,
    rule: "textValid",
    outcomes: [
      eventsThen([a], INVALID_TEXT, ["FAILED"]),
      weakens(
        { events: [a, b], end: INVALID_TEXT, unless: ["FAILED"] },
        "The connection was failed at the end of the message, not at the wrong byte.",
      ),
    ],
    steps: () => [parts[0]!, wait(1000, "A"), parts[1]!, wait(1000, "B"), parts[2]!, kill()],
  });
}

const inFrames = (at: readonly [number, number]): Step[] => fragments(OPCODE.text, pieces(at));

/** One frame whose payload is written in three parts. */
function inPieces(at: readonly [number, number]): Step[] {
  const [first, second, third] = pieces(at);
  const head = frame(OPCODE.text, first, { announce: BigInt(PAST_UNICODE.length) });
  return [
    head,
    { kind: "rest", payload: second!, at: at[0] },
    { kind: "rest", payload: third!, at: at[1] },
  ];
}

function pieces([first, second]: readonly [number, number]): Buffer[] {
  const data = PAST_UNICODE;
  return [data.subarray(0, first), data.subarray(first, second), data.subarray(second)];
}

const hex = (data: string | Buffer) =>
  (typeof data === "string" ? Buffer.from(data) : data).toString("hex");

const EMPTY: readonly DialogCase[] = [
  echoed("6.1.1", "An empty text message.", "", [text(""), giveUp()]),
  echoed("6.1.2", "A text message in three empty fragments.", "", [
    ...fragments(OPCODE.text, ["", "", ""]),
    giveUp(),
  ]),
  echoed(
    "6.1.3",
    "A text message in three fragments, only the second with text.",
    "middle frame payload",
    [...fragments(OPCODE.text, ["", "middle frame payload", ""]), giveUp()],
  ),
];

const sampleBytes = Buffer.from(SAMPLE);

const VALID: readonly DialogCase[] = [
  echoed("6.2.1", `Valid text in one frame: ${hex(SAMPLE)}.`, SAMPLE, [text(SAMPLE), giveUp()]),
  echoed("6.2.2", "The same in two fragments, cut between characters.", SAMPLE, [
    ...fragments(OPCODE.text, [
      sampleBytes.subarray(0, SAMPLE_CUT),
      sampleBytes.subarray(SAMPLE_CUT),
    ]),
    giveUp(),
  ]),
  echoed("6.2.3", "The same in fragments of one byte, cut inside characters.", SAMPLE, [
    ...bytewise(sampleBytes),
    giveUp(),
  ]),
  echoed("6.2.4", `Greek letters in fragments of one byte: ${hex(KOSME)}.`, KOSME, [
    ...bytewise(KOSME),
    giveUp(),
  ]),
];

/** Fragments of one byte; Autobahn ends them with an empty one. */
function bytewise(data: Buffer): Step[] {
  return fragments(OPCODE.text, [...cut(data, 1), ""]);
}

const INVALID: readonly DialogCase[] = [
  refused("6.3.1", `Text that is not UTF-8, in one frame: ${hex(WITH_SURROGATE)}.`, [
    text(WITH_SURROGATE),
    kill(),
  ]),
  refused("6.3.2", "The same in fragments of one byte.", [...bytewise(WITH_SURROGATE), kill()]),
];

const FAIL_FAST: readonly DialogCase[] = [
  failFast(
    "6.4.1",
    "Invalid text in three fragments with pauses: good, U+110000, good.",
    inFrames([11, 15]),
  ),
  failFast(
    "6.4.2",
    "The same; the second fragment ends with the byte that makes it invalid.",
    inFrames([12, 13]),
  ),
  failFast("6.4.3", "As 6.4.1, in one frame written in three parts.", inPieces([11, 15])),
  failFast("6.4.4", "As 6.4.2, in one frame written in three parts.", inPieces([12, 13])),
];

const SEQUENCES: readonly DialogCase[] = SEQUENCE_GROUPS.flatMap(({ sequences }, groupIndex) =>
  sequences.map(({ bytes, valid }, index) => {
    const id = `6.${groupIndex + 5}.${index + 1}`;
    const steps = [text(bytes), kill(500)];
    return valid
      ? echoed(id, `Valid UTF-8 in one frame: ${hex(bytes)}.`, bytes, steps)
      : refused(id, `Invalid UTF-8 in one frame: ${hex(bytes)}.`, steps);
  }),
);

const beyond = (
  id: string,
  description: string,
  payload: string,
  step: Step,
  outcomes = served([message(payload)]),
): DialogCase =>
  dialog({
    id,
    description,
    rule: "framesParsed",
    outcomes,
    steps: () => [step, giveUp(3000)],
  });

const CONTROLS = "a\0b\u0001\u007f";
const LAST = "\u007f\u07ff\uffff\u{10ffff}";
const X = Buffer.from("x");

/** Beyond Autobahn. */
const MORE: readonly DialogCase[] = [
  beyond(
    "22.9.5",
    "Text that begins with U+FEFF, which is part of it.",
    "\ufefftext",
    text("\ufefftext"),
    [
      ...served([message("\ufefftext")]),
      // RFC 3629 §6 lets it be stripped where a protocol does not forbid its use as a signature.
      weakens(
        { events: [message("text")], end: CLEAN, unless: ["FAILED"] },
        "U+FEFF was taken for a signature, and is lost.",
      ),
    ],
  ),
  beyond("22.9.6", "Text with NUL and other controls.", CONTROLS, text(CONTROLS)),
  dialog({
    id: "22.9.7",
    description: "Text, then binary, then text with the same bytes.",
    rule: "framesParsed",
    outcomes: served([message(X), message(X, true), message(X)]),
    steps: () => [text(X), frame(OPCODE.binary, X), text(X), giveUp(3000)],
  }),
  beyond(
    "22.9.9",
    "A text message of the last valid characters of each length.",
    LAST,
    text(LAST, { chop: 1 }),
  ),
];

/** Cases 6.1.1 to 6.23.7, 22.9.5 to 22.9.7 and 22.9.9. */
export const TEXT: readonly DialogCase[] = [
  ...EMPTY,
  ...VALID,
  ...INVALID,
  ...FAIL_FAST,
  ...SEQUENCES,
  ...MORE,
];
