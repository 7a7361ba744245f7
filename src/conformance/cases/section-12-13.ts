/** Sections 12 and 13: permessage-deflate (RFC 7692), echoed message by message. */
import type { DialogCase, Driver, Outcome, Scale } from "../case.ts";
import type { DeflateOffer, DeflateWish } from "../deflate-offer.ts";
import type { Peer } from "../peer.ts";
import { closePayload } from "../wire/frame.ts";
import { CLEAN } from "./steps.ts";
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

interface Series {
  readonly data: TestData;
  readonly length: number;
  readonly fragment: number;
}

function echoes(peer: Peer, outcome: Outcome, scale: Scale, series: Series): Driver {
  const content = series.data.content();
  const binary = typeof content !== "string";
  const source = messages(content, series.length);
  const count = countOf(series.length, scale);
  let left = count;
  let sent: Buffer;
  const next = () => {
    left--;
    sent = source.next().value;
    peer.message(sent, binary, series.fragment);
  };
  const end = (behavior: Outcome["behavior"], result: string) => {
    outcome.behavior = behavior;
    outcome.result = result;
    peer.close(closePayload(1000));
  };
  outcome.result = `Fewer than ${count} messages came back.`;
  return {
    start: next,
    message(got, gotBinary) {
      if (gotBinary !== binary) end("FAILED", "A message came back with the other type.");
      else if (!got.equals(sent)) end("FAILED", changed(sent, got, count - left));
      else if (left > 0) next();
      else end("OK", `Ok, received all ${count} echo'ed messages in time.`);
    },
  };
}

function changed(sent: Buffer, got: Buffer, which: number): string {
  if (got.length !== sent.length) {
    return `Message ${which} came back with ${got.length} bytes, not ${sent.length}.`;
  }
  return `Message ${which} came back with other bytes.`;
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
  return {
    kind: "dialog",
    id: `${group}.${index + 1}`,
    description: `Compressed messages of ${length}${pieces} (${data.title}); ${how}.`,
    expectation: "Every message comes back with the same bytes; a clean close.",
    rules: ["RFC 7692 §5", "RFC 7692 §7"],
    expected: {},
    close: CLEAN,
    heavy: true,
    reportTime: true,
    deflate,
    drive: (peer, outcome, scale) => echoes(peer, outcome, scale, { data, length, fragment }),
  };
}

const PLAIN: DeflateWish = { noTakeover: false, bits: 0 };

/** Cases 12.1.1 to 12.5.18. */
export const SECTION_12: readonly DialogCase[] = DATA.flatMap((data, group) =>
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
export const SECTION_13: readonly DialogCase[] = WISHES.flatMap((wishes, group) =>
  SIZES.map((_, index) =>
    compression(`13.${group + 1}`, index, JSON_DATA, wishes, wishText(wishes)),
  ),
);
