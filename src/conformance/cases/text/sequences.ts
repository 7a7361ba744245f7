/**
 * Byte sequences for a UTF-8 decoder, after the plan of Markus Kuhn's "UTF-8 decoder capability
 * and stress test". Derived here from the encoding itself instead of being listed.
 */

/** One group of sequences: a subsection of section 6. */
export interface SequenceGroup {
  readonly title: string;
  readonly sequences: readonly { readonly bytes: Buffer; readonly valid: boolean }[];
}

/** A number in the encoding scheme of UTF-8, of 1 to 6 bytes, allowed or not. */
function scheme(value: number, length: number): number[] {
  if (length === 1) return [value];
  const out: number[] = [];
  let rest = value;
  for (let i = 1; i < length; i++) {
    out.unshift(0x80 | (rest & 0x3f));
    rest = Math.floor(rest / 64);
  }
  return [((0xff00 >> length) & 0xff) | rest, ...out];
}

const group = (title: string, valid: boolean, list: readonly (readonly number[])[]) => ({
  title,
  sequences: list.map((bytes) => ({ bytes: Buffer.from(bytes), valid })),
});

/** Five Greek letters, the second of three bytes: "κόσμε". */
export const KOSME = Buffer.from("\u03ba\u1f79\u03c3\u03bc\u03b5");

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** First value that needs so many bytes. */
const FIRST = [0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000] as const;

function valid(): SequenceGroup {
  const inside = [0x24, 0xa2, 0x20ac, 0x24b62].map((point) =>
    Buffer.from(`hello${String.fromCodePoint(point)}world`),
  );
  return {
    title: "Some valid UTF-8",
    sequences: [...inside, KOSME].map((bytes) => ({ bytes, valid: true })),
  };
}

function prefixes(): SequenceGroup {
  const ends = [2, 5, 7, 9, 11];
  return {
    title: "All prefixes of a valid text with characters of several bytes",
    sequences: range(1, KOSME.length + 1).map((length) => ({
      bytes: KOSME.subarray(0, length),
      valid: ends.includes(length),
    })),
  };
}

function boundaries(): SequenceGroup {
  const good = [0xd7ff, 0xe000, 0xfffd, 0x10ffff].map((point) =>
    scheme(point, point > 0xffff ? 4 : 3),
  );
  return {
    title: "Other boundaries",
    sequences: [
      ...group("", true, good).sequences,
      ...group("", false, [scheme(0x110000, 4)]).sequences,
    ],
  };
}

function continuations(): SequenceGroup {
  const list = [[0x80], ...range(1, 7).map((n) => range(0, n).map((i) => (i % 2 ? 0xbf : 0x80)))];
  // The second of Kuhn's list is 0xbf alone; the others alternate from 0x80 on.
  list.splice(1, 1, [0xbf]);
  return group("Continuation bytes without a start", false, [...list, range(0x80, 0xbf)]);
}

function lonelyStarts(): SequenceGroup {
  const spans = [
    [0xc0, 0xdf],
    [0xe0, 0xef],
    [0xf0, 0xf7],
    [0xf8, 0xfb],
    [0xfc, 0xfd],
  ] as const;
  const list = spans.map(([from, to]) => range(from, to).flatMap((byte) => [byte, 0x20]));
  return group("Start bytes without continuation", false, list);
}

/** Sequences of 2 to 6 bytes without their last byte: the lowest, then the highest. */
function truncated(): number[][] {
  const lowest = range(2, 7).map((length) => scheme(0, length).slice(0, -1));
  const highest = [
    [0xdf],
    [0xef, 0xbf],
    [0xf7, 0xbf, 0xbf],
    [0xfb, 0xbf, 0xbf, 0xbf],
    [0xfd, 0xbf, 0xbf, 0xbf, 0xbf],
  ];
  return [...lowest, ...highest];
}

/** The same value in 2 to 6 bytes (from `shortest` on), each longer than it may be. */
const overlong = (values: readonly number[]) => values.map((value, i) => scheme(value, i + 2));

function noncharacters(): SequenceGroup {
  const points = range(0, 17).flatMap((plane) => [
    plane * 0x10000 + 0xfffe,
    plane * 0x10000 + 0xffff,
  ]);
  const list = points.map((point) => scheme(point, point > 0xffff ? 4 : 3));
  return group("Noncharacters, which are valid UTF-8", true, list);
}

/** The groups of 6.5 to 6.23 in order. */
export const SEQUENCE_GROUPS: readonly SequenceGroup[] = [
  valid(),
  prefixes(),
  group(
    "The first value of each length",
    true,
    range(1, 5).map((n) => scheme(FIRST[n - 1]!, n)),
  ),
  group("The first value of five and six bytes", false, [scheme(FIRST[4], 5), scheme(FIRST[5], 6)]),
  group("The last value of each length", true, [
    [0x7f],
    scheme(0x7ff, 2),
    scheme(0xffff, 3),
    scheme(0x10ffff, 4),
  ]),
  group("The last value of four to six bytes in the scheme", false, [
    scheme(0x1fffff, 4),
    scheme(0x3ffffff, 5),
    scheme(0x7fffffff, 6),
  ]),
  boundaries(),
  continuations(),
  lonelyStarts(),
  group("Sequences without their last byte", false, truncated()),
  group("Such sequences one after the other", false, [truncated().flat()]),
  group("Bytes that cannot be", false, [[0xfe], [0xff], [0xfe, 0xfe, 0xff, 0xff]]),
  group("A slash in too many bytes", false, overlong([0x2f, 0x2f, 0x2f, 0x2f, 0x2f])),
  group(
    "The largest overlong sequences",
    false,
    overlong([0x7f, 0x7ff, 0xffff, 0x1fffff, 0x3ffffff]),
  ),
  group("NUL in too many bytes", false, overlong([0, 0, 0, 0, 0])),
  group(
    "Single surrogates",
    false,
    [0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff].map((point) => scheme(point, 3)),
  ),
  group(
    "Pairs of surrogates",
    false,
    [0xd800, 0xdb7f, 0xdb80, 0xdbff].flatMap((high) =>
      [0xdc00, 0xdfff].map((low) => [...scheme(high, 3), ...scheme(low, 3)]),
    ),
  ),
  noncharacters(),
  group(
    "Specials, the replacement character among them",
    true,
    range(0xfff9, 0x10000).map((p) => scheme(p, 3)),
  ),
];
