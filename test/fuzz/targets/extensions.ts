import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatExtensions, parseExtensions } from "../../../src/extensions/header.ts";
import { acceptDeflate, checkDeflateAnswer } from "../../../src/extensions/permessage-deflate.ts";
import { extensionsText } from "../extension-texts.ts";
import { Random } from "../random.ts";
import { referenceAccepts, referenceAnswer, referenceExtensions } from "../reference-extensions.ts";
import type { FuzzTarget } from "../target.ts";

/** Values of Sec-WebSocket-Extensions, and what is made of them on both sides. */
export const extensions: FuzzTarget = {
  name: "extensions",
  title: "extension headers and the negotiation of permessage-deflate against their grammar",
  inputs: 6000,
  outcomes: ["malformed", "declined", "agreed", "answered wrongly", "answered rightly"],
  run(seed) {
    const random = new Random(seed);
    const text = extensionsText(random);
    const parsed = parseExtensions(text);
    const reference = referenceExtensions(text);
    deepStrictEqual(parsed, reference);
    if (parsed === undefined) return "malformed";
    // The writer is the inverse of the reader.
    deepStrictEqual(parseExtensions(formatExtensions(parsed)), parsed);
    const wishes = {
      windowBits: 8 + random.below(8),
      sendContextTakeover: random.once(2),
      receiveContextTakeover: random.once(2),
    };
    if (random.once(2)) {
      const answer = checkDeflateAnswer(parsed, wishes);
      const right = typeof answer !== "string";
      strictEqual(right, referenceAnswer(parsed, wishes));
      return right ? "answered rightly" : "answered wrongly";
    }
    const agreement = acceptDeflate(parsed, wishes);
    const expected = referenceAccepts(parsed, wishes);
    if (agreement === undefined) {
      strictEqual(expected, undefined);
      return "declined";
    }
    const { send, receive, extensions: value } = agreement;
    deepStrictEqual({ send, receive }, expected);
    // What is answered is what a client takes for an answer to its offer.
    strictEqual(parseExtensions(value)?.length, 1);
    return "agreed";
  },
};
