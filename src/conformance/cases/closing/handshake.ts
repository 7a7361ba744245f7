/** The closing handshake (RFC 6455 §5.5.1, §7). */
import type { DialogCase, Step } from "../../case.ts";
import type { BehaviorClose, ExpectedEnd } from "../../close-verdict.ts";
import { breaks, meets, weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, dialog, eventsThen } from "../builders.ts";
import { close, fragments, frame, kill, message, ping, repeated, text } from "../steps.ts";
import { KOSME } from "../text/sequences.ts";

const HELLO = "Hello World!";
const WRONG_CODE: readonly BehaviorClose[] = ["WRONG CODE"];

/** The judge closes with something wrong: Close 1002 (or another code) or the end of TCP. */
const refusing = (...codes: number[]): ExpectedEnd => ({ by: "judge", codes });

function closing(
  id: string,
  description: string,
  steps: readonly Step[],
  options: {
    readonly rule?: RuleName;
    readonly end?: ExpectedEnd;
    /** The judge closes when a message has come back. */
    readonly echo?: string;
    readonly closesItself?: boolean;
  } = {},
): DialogCase {
  const { closesItself = true, echo, end = CLEAN, rule = "closeAnswered" } = options;
  const events = echo === undefined ? [] : [message(echo)];
  return dialog({
    id,
    description,
    rule,
    outcomes: [eventsThen(events, end, WRONG_CODE)],
    ...(closesItself ? { suppressClose: true } : {}),
    steps: () => [...steps, kill()],
  });
}

const BEHAVIOR: readonly DialogCase[] = [
  closing("7.1.1", "A text message, and Close when it has come back.", [text(HELLO)], {
    echo: HELLO,
    closesItself: false,
  }),
  closing("7.1.2", "Two Close frames.", [close(1000), frame(OPCODE.close)]),
  closing("7.1.3", "A Ping after Close.", [close(1000), ping()], { rule: "closingIsSilent" }),
  closing("7.1.4", "A text message after Close.", [close(1000), text(HELLO)], {
    rule: "closingIsSilent",
  }),
  closing("7.1.5", "Close in the middle of a fragmented message, and then its end.", closeInside()),
  dialog({
    id: "7.1.6",
    description: "A message of 256 KiB, a short one, Close and a Ping, all at once.",
    rule: "messagesBeforeClose",
    outcomes: [
      breaks(
        { events: [message(HELLO)], end: CLEAN },
        "messagesBeforeClose",
        "Text message was processed before close.",
      ),
      breaks(
        { events: [], end: CLEAN },
        "messagesBeforeClose",
        "Close was processed before text message could be returned.",
      ),
    ],
    suppressClose: true,
    steps: () => [
      text(repeated("BAsd7&jh23", 256 * 1024)),
      text(HELLO),
      close(1000),
      ping(),
      kill(),
    ],
  }),
];

function closeInside(): Step[] {
  const [first, second] = fragments(OPCODE.text, ["fragment1", "fragment2"]);
  return [first!, close(1000), second!];
}

const SURROGATE = Buffer.concat([KOSME, Buffer.from([0xed, 0xa0, 0x80]), Buffer.from("edited")]);

const PAYLOAD: readonly DialogCase[] = [
  closing("7.3.1", "Close without code.", [close()]),
  closing("7.3.2", "Close with a payload of one byte.", [close(undefined, "a")], {
    rule: "closeValid",
    end: refusing(1002),
  }),
  closing("7.3.3", "Close with a code.", [close(1000)]),
  closing("7.3.4", "Close with a code and a reason.", [close(1000, HELLO)]),
  closing("7.3.5", "Close with the longest reason, 123 bytes.", [close(1000, repeated("*", 123))]),
  closing(
    "7.3.6",
    "Close with a reason of 124 bytes, 126 in all.",
    [close(1000, repeated("*", 124))],
    { rule: "controlShort", end: refusing(1002) },
  ),
  closing("7.5.1", "Close with a reason that is not UTF-8.", [close(1000, SURROGATE)], {
    rule: "textValid",
    end: refusing(1002, 1007),
  }),
];

const AFTER: readonly (readonly [string, readonly Step[]])[] = [
  ["a binary message", [frame(OPCODE.binary, "x")]],
  ["a Pong", [frame(OPCODE.pong, "x")]],
  ["a continuation of nothing", [frame(OPCODE.continuation, "x")]],
  ["a frame with a reserved opcode", [frame(3, "x")]],
  ["another Close with another code", [frame(OPCODE.close, Buffer.from([0x0f, 0xa0]))]],
  ["a message of 1 MiB", [frame(OPCODE.binary, repeated("x", 2 ** 20))]],
  ["bytes that are no frames", [{ kind: "bytes", bytes: repeated(Buffer.from([0xff, 0x13]), 64) }]],
];

/** Beyond Autobahn. A Close that a testee sends is lost where TCP is reset behind it. */
const beyond = (id: string, description: string, steps: readonly Step[], rule: RuleName) =>
  dialog({
    id,
    description: `${description}.`,
    rule,
    outcomes: [
      meets({ events: [], end: CLEAN, unless: ["FAILED", "UNCLEAN", "WRONG CODE"] }),
      ...(rule === "closingIsSilent" ? [RESET] : []),
      ...(BREACHES.includes(id) ? [FAILED_BEHIND] : []),
      breaks(
        { events: [], end: { by: "judge", clean: true }, unless: ["FAILED", "UNCLEAN"] },
        "codeEchoed",
        "The Close was answered with an error.",
      ),
    ],
    suppressClose: true,
    steps: () => [...steps, kill()],
  });

/** Whoever closes with bytes unread resets the connection, and what was under way may be lost. */
const RESET = meets(
  { events: [], reset: true, end: { by: "either" } },
  "TCP was reset behind the Close, as it is where bytes are left unread.",
);

/**
 * A testee that still reads what comes behind a Close has to fail the connection for some of it, and then it should,
 * and need not, send a Close of its own (§5.2, §5.4, §7.1.7).
 */
const FAILED_BEHIND = weakens(
  { events: [], closeless: true },
  "TCP was ended without a Close: the connection was failed for what came behind the Close.",
);
const BREACHES: readonly string[] = ["22.7.3", "22.7.4", "22.7.7"];

const paced = (payload: Step, chop: number): Step => ({ ...payload, chop }) as Step;

const BEYOND: readonly DialogCase[] = [
  ...AFTER.map(([what, steps], i) =>
    beyond(`22.7.${i + 1}`, `After Close ${what}`, [close(1000), ...steps], "closingIsSilent"),
  ),
  beyond("22.8.1", "Close byte by byte", [paced(close(1000), 1)], "closeAnswered"),
  beyond(
    "22.8.2",
    "Close with the longest reason, byte by byte",
    [paced(close(1000, repeated("\u20ac", 123)), 1)],
    "closeAnswered",
  ),
  beyond(
    "22.8.3",
    "Close right behind a Pong, in pieces of 3 bytes",
    [frame(OPCODE.pong, "x", { chop: 3 }), paced(close(1000, "bye"), 3)],
    "closeAnswered",
  ),
];

/** Cases 7.1.1 to 7.5.1 and 22.7.1 to 22.8.3. */
export const CLOSING: readonly DialogCase[] = [...BEHAVIOR, ...PAYLOAD, ...BEYOND];
