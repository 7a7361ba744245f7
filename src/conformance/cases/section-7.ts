/** Section 7: the closing handshake (RFC 6455 §5.5.1, §7). */
import type { DialogCase, ExpectedClose, Step } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import { CLEAN, close, fragments, frame, kill, message, ping, repeated, text } from "./steps.ts";
import { KOSME } from "./utf8-sequences.ts";

const HELLO = "Hello World!";
const CLOSE = "RFC 6455 §5.5.1";

/** The judge closes with something wrong: Close 1002 (or another code) or the end of TCP. */
const refusing = (...codes: number[]): ExpectedClose => ({
  closedByMe: true,
  codes,
  requireClean: false,
});

function closing(
  id: string,
  description: string,
  expectation: string,
  steps: readonly Step[],
  options: Partial<DialogCase> = {},
): DialogCase {
  return {
    kind: "dialog",
    id,
    description,
    expectation,
    rules: [CLOSE],
    expected: { OK: [] },
    close: CLEAN,
    suppressClose: true,
    wrongCodeFails: true,
    steps: () => [...steps, kill()],
    ...options,
  };
}

const NORMAL = "A clean close with 1000.";

const BEHAVIOR: readonly DialogCase[] = [
  closing(
    "7.1.1",
    "A text message, and Close when it has come back.",
    `The message comes back. ${NORMAL}`,
    [text(HELLO)],
    {
      expected: { OK: [message(HELLO)] },
      suppressClose: false,
    },
  ),
  closing("7.1.2", "Two Close frames.", `${NORMAL} The second is ignored.`, [
    close(1000),
    frame(OPCODE.close),
  ]),
  closing("7.1.3", "A Ping after Close.", `${NORMAL} No Pong.`, [close(1000), ping()]),
  closing("7.1.4", "A text message after Close.", `${NORMAL} The message is ignored.`, [
    close(1000),
    text(HELLO),
  ]),
  closing(
    "7.1.5",
    "Close in the middle of a fragmented message, and then its end.",
    NORMAL,
    closeInside(),
  ),
  {
    ...closing(
      "7.1.6",
      "A message of 256 KiB, a short one, Close and a Ping, all at once.",
      "Whether the messages come back before the Close depends on the implementation.",
      [text(repeated("BAsd7&jh23", 256 * 1024)), text(HELLO), close(1000), ping()],
    ),
    rules: ["RFC 6455 §5.5.1", "RFC 6455 §7.1.1"],
    expected: { OK: [message(HELLO)], "NON-STRICT": [] },
    wrongCodeFails: false,
    informational: (behavior) =>
      behavior === "OK"
        ? "Text message was processed before close."
        : behavior === "NON-STRICT"
          ? "Close was processed before text message could be returned."
          : "The messages came back, or some of them.",
  },
];

function closeInside(): Step[] {
  const [first, second] = fragments(OPCODE.text, ["fragment1", "fragment2"]);
  return [first!, close(1000), second!];
}

const PAYLOAD: readonly DialogCase[] = [
  closing("7.3.1", "Close without code.", NORMAL, [close()]),
  closing(
    "7.3.2",
    "Close with a payload of one byte.",
    "Close with 1002, or the end of TCP.",
    [close(undefined, "a")],
    {
      close: refusing(1002),
    },
  ),
  closing("7.3.3", "Close with a code.", NORMAL, [close(1000)]),
  closing("7.3.4", "Close with a code and a reason.", NORMAL, [close(1000, HELLO)]),
  closing("7.3.5", "Close with the longest reason, 123 bytes.", NORMAL, [
    close(1000, repeated("*", 123)),
  ]),
  closing(
    "7.3.6",
    "Close with a reason of 124 bytes, 126 in all.",
    "Close with 1002, or the end of TCP.",
    [close(1000, repeated("*", 124))],
    { close: refusing(1002), rules: [CLOSE, "RFC 6455 §5.5"] },
  ),
  closing(
    "7.5.1",
    "Close with a reason that is not UTF-8.",
    "Close with 1002 or 1007, or the end of TCP.",
    [close(1000, Buffer.concat([KOSME, Buffer.from([0xed, 0xa0, 0x80]), Buffer.from("edited")]))],
    { close: refusing(1002, 1007), rules: [CLOSE, "RFC 6455 §8.1"] },
  ),
];

const GOOD = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const BAD = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const UNDEFINED = [5000, 65535];

const CODES: readonly DialogCase[] = [
  ...GOOD.map((code, i) =>
    closing(
      `7.7.${i + 1}`,
      `Close with ${code}.`,
      `A clean close with 1000 or ${code}.`,
      [close(code)],
      {
        close: { ...CLEAN, codes: [1000, code] },
        suppressClose: false,
        rules: ["RFC 6455 §7.4"],
      },
    ),
  ),
  ...BAD.map((code, i) =>
    closing(
      `7.9.${i + 1}`,
      `Close with ${code}, which must not be sent.`,
      "Close with 1002, or the end of TCP.",
      [close(code)],
      {
        close: refusing(1002),
        suppressClose: false,
        rules: ["RFC 6455 §7.4"],
      },
    ),
  ),
  ...UNDEFINED.map((code, i) =>
    closing(
      `7.13.${i + 1}`,
      `Close with ${code}.`,
      "§7.4.2 says nothing of it: anything may happen.",
      [close(code)],
      {
        close: refusing(1000, code, 1002),
        wrongCodeFails: false,
        informational: () => "Actual events are undefined by the spec.",
        rules: ["RFC 6455 §7.4.2"],
      },
    ),
  ),
];

/** Cases 7.1.1 to 7.13.2. */
export const SECTION_7: readonly DialogCase[] = [...BEHAVIOR, ...PAYLOAD, ...CODES];
