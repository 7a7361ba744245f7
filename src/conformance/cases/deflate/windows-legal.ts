/** Group 24.9: how far and over what a message may refer back when context takeover is agreed. */
import type { DialogCase, Series, Step } from "../../case.ts";
import type { Event } from "../../observation.ts";
import type { OwnDirection } from "../../opening/deflate-offer.ts";
import { meets, weakens } from "../../outcome.ts";
import { back, fixedBlock } from "../../wire/deflate-block.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, served } from "../builders.ts";
import { frame, giveUp, message, ping, pong, text } from "../steps.ts";
import { compressed, deflateCase, referring, withFinal } from "./deflate-steps.ts";
import { noise, randomText } from "./test-data.ts";

const HELLO = "Hello, Hello, Hello!";
const first = referring(HELLO);
const again = referring(back(20, 20), " Bye!");
const AGAIN = `${HELLO} Bye!`;

const TAKEOVER = { takeover: true };

/**
 * Without `*_no_context_takeover` a receiver MUST use the window of the last compressed message, without
 * `*_max_window_bits` one of 32,768 bytes (§7.2.2).
 */
function legal(
  id: string,
  what: string,
  own: OwnDirection,
  events: readonly Event[],
  steps: readonly Step[],
): DialogCase {
  return deflateCase({
    id,
    description: `${what}.`,
    rule: "windowResolved",
    outcomes: served(events, { apart: true }),
    deflate: [{ noTakeover: false, bits: 0, hinted: true, own }],
    steps: () => [...steps, giveUp(3000)],
  });
}

const bye = fixedBlock(["Bye, ", back(20, 25)]);
const longest = randomText(15, 2 ** 15);
const window9 = randomText(9, 2 ** 9);

const weakly = (testCase: DialogCase): DialogCase => ({
  ...testCase,
  rule: "finalResolved",
  outcomes: [...testCase.outcomes, weakens({ end: { by: "either" } }, "The window was lost.")],
});

/** Texts of so many bytes each, that hardly compress. */
function* texts(...lengths: readonly number[]): Generator<Buffer, never> {
  for (let i = 0; ; i++) yield Buffer.from(randomText(i + 1, lengths[i % lengths.length]!));
}

function* noises(length: number): Generator<Buffer, never> {
  for (let i = 0; ; i++) yield noise(i + 1, length);
}

const takenOver = (id: string, description: string, series: Series): DialogCase =>
  deflateCase({
    id,
    description,
    rule: "windowResolved",
    outcomes: [meets({ exchange: "complete", end: CLEAN })],
    deflate: [{ noTakeover: false, bits: 0, own: TAKEOVER }],
    heavy: true,
    series,
  });

/** Cases 24.9.1 to 24.10.3. */
export const WINDOW_LEGAL: readonly DialogCase[] = [
  legal(
    "24.9.1",
    "A message that refers to the one before it",
    TAKEOVER,
    [message(HELLO), message(AGAIN)],
    [first, again],
  ),
  legal(
    "24.9.2",
    "A message that refers to one before a message that is not compressed",
    TAKEOVER,
    [message(HELLO), message("plain"), message(AGAIN)],
    [first, text("plain"), again],
  ),
  legal(
    "24.9.3",
    "A message that refers to one before a Ping and a Pong",
    TAKEOVER,
    [message(HELLO), message(AGAIN), pong("x")],
    [first, ping("x"), frame(OPCODE.pong, "y"), again],
  ),
  legal(
    "24.9.4",
    "A message that refers to one before an empty message",
    TAKEOVER,
    [message(HELLO), message(""), message(AGAIN)],
    [first, compressed(Buffer.from([0])), again],
  ),
  // Right by the letter, and done by hardly anyone: zlib forgets its window at the end of a stream.
  weakly(
    legal(
      "24.9.5",
      "A message that refers to one that ended with BFINAL set",
      TAKEOVER,
      [message(HELLO), message(AGAIN)],
      [compressed(withFinal(HELLO)), again],
    ),
  ),
  legal(
    "24.9.6",
    "A message in fragments, with a Ping between them, that refers to the one before it",
    TAKEOVER,
    [message(HELLO), message(`Bye, ${HELLO}`), pong("x")],
    [
      first,
      compressed(bye.subarray(0, 4), { fin: false }),
      ping("x"),
      frame(OPCODE.continuation, bye.subarray(4)),
    ],
  ),
  legal(
    "24.9.7",
    "A message that refers to the one before the one before it",
    TAKEOVER,
    [message(HELLO), message("0123456789"), message(HELLO)],
    [first, referring("0123456789"), referring(back(20, 30))],
  ),
  legal(
    "24.9.8",
    "A window of 9 bits, and a message that refers back 512 bytes",
    { bits: 9 },
    [message(window9 + window9.slice(0, 64))],
    [referring(window9, back(64, 2 ** 9))],
  ),
  legal(
    "24.9.9",
    "A window of 9 bits, and a message that refers to the beginning of the 512 bytes before it",
    { ...TAKEOVER, bits: 9 },
    [message(window9), message(window9.slice(0, 64))],
    [referring(window9), referring(back(64, 2 ** 9))],
  ),
  legal(
    "24.9.10",
    "A message that refers to the beginning of the 32,768 bytes before it",
    { ...TAKEOVER, bits: 15 },
    [message(longest), message(longest.slice(0, 64))],
    [referring(longest), referring(back(64, 2 ** 15))],
  ),
  takenOver("24.10.1", "Texts of 24 to 100 KB that hardly compress, with context takeover.", {
    binary: false,
    count: () => 8,
    messages: () => texts(24_000, 32_768, 65_536, 100_000),
    fragment: 0,
    seconds: 20,
  }),
  takenOver("24.10.2", "The same in fragments of 4096 bytes.", {
    binary: false,
    count: () => 8,
    messages: () => texts(24_000, 32_768, 65_536, 100_000),
    fragment: 4096,
    seconds: 20,
  }),
  takenOver("24.10.3", "100 KB of bytes that do not compress, with context takeover.", {
    binary: true,
    count: () => 8,
    messages: () => noises(100_000),
    fragment: 0,
    seconds: 20,
  }),
];
