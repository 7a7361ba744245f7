/** Section 1: whole messages of the sizes at which the length field changes (RFC 6455 §5.2). */
import type { DialogCase } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import { CLEAN, frame, kill, message, repeated } from "./steps.ts";

/** Payload length, and the size of the pieces in which the frame is sent. */
const SIZES: readonly (readonly [length: number, chop?: number])[] = [
  [0],
  [125],
  [126],
  [127],
  [128],
  [65_535],
  [65_536],
  [65_536, 997],
];

const TYPES = [
  { group: "1.1", name: "text", opcode: OPCODE.text, unit: Buffer.from("*") },
  { group: "1.2", name: "binary", opcode: OPCODE.binary, unit: Buffer.from([0xfe]) },
];

function echo(type: (typeof TYPES)[number], index: number): DialogCase {
  const [length, chop] = SIZES[index]!;
  const payload = repeated(type.unit, length);
  const pieces = chop === undefined ? "" : `, written in pieces of ${chop} bytes`;
  return {
    kind: "dialog",
    id: `${type.group}.${index + 1}`,
    description: `A ${type.name} message of ${length} bytes in one frame${pieces}.`,
    expectation: "The same message comes back; then a clean close with 1000.",
    rules: ["RFC 6455 §5.2", "RFC 6455 §5.6"],
    expected: { OK: [message(payload, type.name === "binary")] },
    close: CLEAN,
    steps: () => [
      frame(type.opcode, payload, chop === undefined ? {} : { chop }),
      kill(length > 60_000 ? 10_000 : 1000),
    ],
  };
}

/** Cases 1.1.1 to 1.2.8. */
export const SECTION_1: readonly DialogCase[] = TYPES.flatMap((type) =>
  SIZES.map((_, index) => echo(type, index)),
);
