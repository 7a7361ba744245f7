/** Sections 12 and 13: permessage-deflate (RFC 7692), echoed message by message. */
import type { DialogCase, Scale } from "../../case.ts";
import type { DeflateOffer, DeflateWish } from "../../opening/deflate-offer.ts";
import { meets } from "../../outcome.ts";
import { CLEAN, dialog } from "../builders.ts";
import { DATA, JSON_DATA, type TestData } from "./test-data.ts";

/** Length of the messages, and of the fragments they are sent in (0: in one frame). */
const SIZES: readonly (readonly [length: number, fragment: number])[] = [
  [16, 0],
  [64, 0],
  [256, 0],
  [1024, 0],
  [4096, 0],
  [8192, 0],
  [16_384, 0],
  [32_768, 0],
  [65_536, 0],
  [131_072, 0],
  [8192, 256],
  [16_384, 256],
  [32_768, 256],
  [65_536, 256],
  [131_072, 256],
  [131_072, 1024],
  [131_072, 4096],
  [131_072, 32_768],
];

/** How many messages one case sends. In full that is 11 GB over all 216 cases. */
function countOf(length: number, { full }: Scale): number {
  if (full) return 1000;
  return Math.min(300, Math.max(8, Math.floor((512 * 1024) / length)));
}

/** Cuts messages from data, one after the other, from the end on to the beginning. */
function* messages(content: string | Buffer, length: number): Generator<Buffer, never> {
  let from = 0;
  for (;;) {
    const to = (from + length) % content.length;
    const part = (start: number, end?: number) =>
      typeof content === "string"
        ? Buffer.from(content.slice(start, end))
        : content.subarray(start, end);
    yield to > from ? part(from, to) : Buffer.concat([part(from), part(0, to)]);
    from = to;
  }
}

function compression(
  group: string,
  index: number,
  data: TestData,
  deflate: DeflateOffer,
  how: string,
): DialogCase {
  const [length, fragment] = SIZES[index]!;
  const pieces = fragment > 0 ? ` in fragments of ${fragment} bytes` : "";
  return dialog({
    id: `${group}.${index + 1}`,
    description: `Compressed messages of ${length}${pieces} (${data.title}); ${how}.`,
    rule: "deflated",
    outcomes: [meets({ exchange: "complete", end: CLEAN })],
    heavy: true,
    reportTime: true,
    deflate,
    series: {
      binary: data.binary,
      count: (scale) => countOf(length, scale),
      messages: () => messages(data.content(), length),
      fragment,
    },
  });
}

const PLAIN: DeflateWish = { noTakeover: false, bits: 0 };

/** Cases 12.1.1 to 12.5.18. */
const BY_DATA: readonly DialogCase[] = DATA.flatMap((data, group) =>
  SIZES.map((_, index) =>
    compression(`12.${group + 1}`, index, data, [PLAIN], "permessage-deflate as it comes"),
  ),
);

/** What is asked of the testee's direction in 13.1 to 13.7. */
const WISHES: readonly DeflateOffer[] = [
  [PLAIN],
  [{ noTakeover: true, bits: 0 }],
  [{ noTakeover: false, bits: 9 }],
  [{ noTakeover: false, bits: 15 }],
  [{ noTakeover: true, bits: 9 }],
  [{ noTakeover: true, bits: 15 }],
  [{ noTakeover: true, bits: 9 }, { noTakeover: true, bits: 0 }, PLAIN],
];

function wishText(wishes: DeflateOffer): string {
  const one = ({ noTakeover, bits }: DeflateWish) =>
    [noTakeover ? "no context takeover" : "", bits > 0 ? `a window of ${bits} bits` : ""]
      .filter((part) => part !== "")
      .join(" and ") || "nothing";
  return `asked of the testee: ${wishes.map(one).join(", or else ")}`;
}

/** Cases 13.1.1 to 13.7.18. */
const BY_WISHES: readonly DialogCase[] = WISHES.flatMap((wishes, group) =>
  SIZES.map((_, index) =>
    compression(`13.${group + 1}`, index, JSON_DATA, wishes, wishText(wishes)),
  ),
);

/** Cases 12.1.1 to 13.7.18. */
export const SERIES: readonly DialogCase[] = [...BY_DATA, ...BY_WISHES];
