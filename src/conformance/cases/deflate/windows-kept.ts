/**
 * Group 24.8: whether the testee's own messages keep within what was agreed. All of them are
 * longer than the 1 KiB below which some do not compress, and none of the judge's refers back.
 */
import type { DialogCase, Step } from "../../case.ts";
import type { DeflateWish } from "../../opening/deflate-offer.ts";
import type { RuleName } from "../../rules.ts";
import { served } from "../builders.ts";
import { awaited, giveUp, message, text } from "../steps.ts";
import { deflateCase, referring } from "./deflate-steps.ts";
import { randomText } from "./test-data.ts";

interface Echoes {
  readonly what: string;
  readonly rule: RuleName;
  /** What is agreed of the testee's direction. */
  readonly peer: Pick<DeflateWish, "noTakeover" | "bits">;
  readonly texts: readonly string[];
  /** How they are sent; compressed when left out. */
  readonly send?: (text: string) => Step;
}

function echoes(id: string, { what, rule, peer, texts, send = referring }: Echoes): DialogCase {
  return deflateCase({
    id,
    description: `${what}.`,
    rule,
    outcomes: served(texts.map((one) => message(one))),
    deflate: [{ ...peer, own: {} }],
    steps: () => [giveUp(3000), ...texts.flatMap((one, i) => [send(one), awaited(i + 1)])],
  });
}

/** A text of 2 KiB and more that repeats itself, each time from further back than the window. */
const farRepeats = (bits: number): string => {
  const once = randomText(bits, 2 ** bits + 100);
  return once.repeat(Math.max(2, Math.ceil(2048 / once.length)));
};

const SHORT = randomText(1, 2048);
const LONG = randomText(2, 40_000);

function window(id: string, bits: number): DialogCase {
  return echoes(id, {
    what: `A window of ${bits} bits asked of the testee, and a text that repeats itself after ${2 ** bits + 100} bytes`,
    rule: "windowKept",
    peer: { noTakeover: false, bits },
    texts: [farRepeats(bits)],
  });
}

/** Cases 24.8.1 to 24.8.10. */
export const WINDOW_ECHOES: readonly DialogCase[] = [
  echoes("24.8.1", {
    what: "No context takeover asked of the testee, and the same message twice",
    rule: "takeoverKept",
    peer: { noTakeover: true, bits: 0 },
    texts: [SHORT, SHORT],
  }),
  echoes("24.8.2", {
    what: "No context takeover asked of the testee, and the same message twice, not compressed",
    rule: "takeoverKept",
    peer: { noTakeover: true, bits: 0 },
    texts: [SHORT, SHORT],
    send: text,
  }),
  window("24.8.3", 8),
  window("24.8.4", 9),
  window("24.8.5", 10),
  window("24.8.6", 12),
  echoes("24.8.7", {
    what: "A window of 9 bits asked of the testee, and the same message of 2048 bytes twice",
    rule: "windowKept",
    peer: { noTakeover: false, bits: 9 },
    texts: [SHORT, SHORT],
  }),
  echoes("24.8.8", {
    what: "No context takeover and a window of 10 bits asked of the testee, and the same message thrice",
    rule: "takeoverKept",
    peer: { noTakeover: true, bits: 10 },
    texts: [farRepeats(9), farRepeats(9), farRepeats(9)],
  }),
  echoes("24.8.9", {
    what: "A window of 8 bits asked of the testee, and a text of 40,000 bytes twice",
    rule: "windowKept",
    peer: { noTakeover: false, bits: 8 },
    texts: [LONG, LONG],
  }),
  echoes("24.8.10", {
    what: "A window of 12 bits asked of the testee, and a text of 40,000 bytes twice",
    rule: "windowKept",
    peer: { noTakeover: false, bits: 12 },
    texts: [LONG, LONG],
  }),
];
