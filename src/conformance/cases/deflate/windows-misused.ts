/**
 * Groups 24.6 and 24.7: the judge refers back to where, by what was agreed, nothing is.
 *
 * Where the receiver MAY do without a window (RFC 7692 §7.2.2), or have a smaller one, both are
 * right: to fail the connection, for lack of what is referred to, and to have kept it and echo what
 * was meant. Other bytes never are. Where there is nothing to be referred to the stream is invalid
 * (RFC 1951 §2), and there is nothing to be echoed.
 */
import type { DialogCase, Step } from "../../case.ts";
import type { DeflateOffer, OwnDirection } from "../../opening/deflate-offer.ts";
import { meets } from "../../outcome.ts";
import { back } from "../../wire/deflate-block.ts";
import { CLEAN } from "../builders.ts";
import { awaited, kill, message, text } from "../steps.ts";
import { deflateCase, inflatesNothing, referring, referringInFragments } from "./deflate-steps.ts";
import { randomText } from "./test-data.ts";

const HELLO = "Hello, Hello, Hello!";

/** The judge's direction, as it is agreed upon. */
const own = (direction: OwnDirection): DeflateOffer => [
  { noTakeover: false, bits: 0, hinted: true, own: direction },
];

interface Misuse {
  readonly what: string;
  readonly deflate: DeflateOffer;
  /** A message that is right and must come back. */
  readonly first?: { readonly step: Step; readonly text: string };
  /** The one that is not. */
  readonly second: readonly Step[];
}

const before = ({ first }: Misuse) => (first === undefined ? [] : [message(first.text)]);

/** There is nothing that could be meant. */
function invalid(id: string, misuse: Misuse): DialogCase {
  const { deflate, first, second, what } = misuse;
  return deflateCase({
    id,
    description: `${what}.`,
    rule: "streamInvalid",
    outcomes: inflatesNothing(before(misuse)),
    deflate,
    steps: () => [kill(3000), ...(first === undefined ? [] : [first.step, awaited(1)]), ...second],
  });
}

/** A testee that has kept more than it must knows what is meant. */
function tolerable(id: string, misuse: Misuse, meant: string): DialogCase {
  const one = invalid(id, misuse);
  const kept = meets(
    { events: [...before(misuse), message(meant)], end: CLEAN, unless: ["FAILED"] },
    "The testee has kept what it need not keep, and got it right (§7.2.2).",
  );
  return {
    ...one,
    rule: "windowMayBeEmpty",
    outcomes: [...one.outcomes, kept],
    otherwise: "streamInvalid",
  };
}

const HELLO_FIRST = { step: referring(HELLO), text: HELLO };
const NO_TAKEOVER = { first: HELLO_FIRST };
const none = own({ takeover: false });
const withTakeover = own({ takeover: true });

const TAKEOVER: readonly DialogCase[] = [
  tolerable(
    "24.6.1",
    {
      ...NO_TAKEOVER,
      what: "Without context takeover, a message that refers to the one before it",
      deflate: none,
      second: [referring(back(20, 20), " Bye!")],
    },
    `${HELLO} Bye!`,
  ),
  tolerable(
    "24.6.2",
    {
      ...NO_TAKEOVER,
      what: "Without context takeover, a message in fragments that refers to the one before it",
      deflate: none,
      second: referringInFragments("Bye, ", back(20, 25), " Bye!"),
    },
    `Bye, ${HELLO} Bye!`,
  ),
  tolerable(
    "24.6.3",
    {
      ...NO_TAKEOVER,
      what: "Without context takeover, a match that ends in the message and begins in the one before",
      deflate: none,
      second: [referring("Bye, ", back(10, 11))],
    },
    "Bye, Hello!Bye,",
  ),
  invalid("24.6.4", {
    what: "A first message with a match that begins a byte before it",
    deflate: own({}),
    second: [referring("Hello, ", back(8, 8))],
  }),
  invalid("24.6.5", {
    what: "A first message in fragments with a match that begins a byte before it",
    deflate: own({}),
    second: referringInFragments("Hello, ", back(8, 8)),
  }),
  invalid("24.6.6", {
    what: "With context takeover, a second message with a match that begins a byte before the first",
    deflate: withTakeover,
    first: HELLO_FIRST,
    second: [referring(back(20, 21))],
  }),
  invalid("24.6.7", {
    // §7.2.2: the window is that of the last compressed message.
    what: "With context takeover, a message that refers to one that was not compressed",
    deflate: withTakeover,
    first: { step: text(HELLO), text: HELLO },
    second: [referring(back(20, 20))],
  }),
];

/** How much further than the window matches go: more than a receiver has by chance. */
const BEYOND = 100;

/** A text, and the first 64 of its bytes again from beyond the window. */
function overDistance(bits: number) {
  const distance = 2 ** bits + BEYOND;
  const far = randomText(bits, distance);
  return { far, match: back(64, distance), meant: far.slice(0, 64) };
}

function withinMessage(id: string, bits: number, inFragments = false): DialogCase {
  const { far, match, meant } = overDistance(bits);
  const send = inFragments ? referringInFragments(far, match) : [referring(far, match)];
  const how = inFragments ? " in fragments" : "";
  return tolerable(
    id,
    {
      what: `A window of ${bits} bits, and a message${how} that refers back ${match.distance} bytes`,
      deflate: own({ bits }),
      second: send,
    },
    far + meant,
  );
}

function acrossMessages(id: string, bits: number): DialogCase {
  const { far, match, meant } = overDistance(bits);
  return tolerable(
    id,
    {
      what: `A window of ${bits} bits, and a message that refers to the one ${match.distance} bytes back`,
      deflate: own({ takeover: true, bits }),
      first: { step: referring(far), text: far },
      second: [referring(match)],
    },
    meant,
  );
}

const DISTANCE: readonly DialogCase[] = [
  withinMessage("24.7.1", 9),
  withinMessage("24.7.2", 10),
  withinMessage("24.7.3", 12),
  withinMessage("24.7.4", 9, true),
  acrossMessages("24.7.5", 9),
];

/** Cases 24.6.1 to 24.7.5. */
export const WINDOW_MISUSE: readonly DialogCase[] = [...TAKEOVER, ...DISTANCE];
