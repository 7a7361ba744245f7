/** Group 24.9: how far and over what a message may refer back when context takeover is agreed. */
import type { DialogCase, Event, Step } from "../case.ts";
import type { OwnDirection } from "../deflate-offer.ts";
import { back, fixedBlock } from "../wire/deflate-block.ts";
import { OPCODE } from "../wire/frame.ts";
import { compressed, dialog, referring, withFinal } from "./deflate-steps.ts";
import { CLEAN, frame, message, ping, pong, text } from "./steps.ts";
import { randomText } from "./test-data.ts";

const HELLO = "Hello, Hello, Hello!";
const first = referring(HELLO);
const again = referring(back(20, 20), " Bye!");
const AGAIN = `${HELLO} Bye!`;

const TAKEOVER = { takeover: true };

function legal(
  id: string,
  what: string,
  own: OwnDirection,
  events: readonly Event[],
  steps: readonly Step[],
): DialogCase {
  return dialog(
    id,
    what,
    // Without `*_no_context_takeover` a receiver MUST use the window of the last compressed message,
    // without `*_max_window_bits` one of 32,768 bytes.
    "Every message comes back; a clean close.",
    "§7.2.2",
    CLEAN,
    events,
    steps,
    {
      rules: ["RFC 7692 §7.1", "RFC 7692 §7.2.2"],
      kindsApart: true,
      deflate: [{ noTakeover: false, bits: 0, own }],
    },
  );
}

const bye = fixedBlock(["Bye, ", back(20, 25)]);
const longest = randomText(15, 2 ** 15);
const window9 = randomText(9, 2 ** 9);

/** Cases 24.9.1 to 24.9.10. */
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
  legal(
    "24.9.5",
    "A message that refers to one that ended with BFINAL set",
    TAKEOVER,
    [message(HELLO), message(AGAIN)],
    [compressed(withFinal(HELLO)), again],
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
];
