/** Section 10: a message that the sender fragments by itself (RFC 6455 §5.4). */
import type { DialogCase } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import { CLEAN, cut, fragments, kill, message, repeated } from "./steps.ts";

const PAYLOAD = repeated("*", 65_536);

/** Case 10.1.1. */
export const SECTION_10: readonly DialogCase[] = [
  {
    kind: "dialog",
    id: "10.1.1",
    description: "A text message of 65536 bytes in fragments of 1300 bytes.",
    expectation: "The message comes back whole; a clean close with 1000.",
    rules: ["RFC 6455 §5.4"],
    expected: { OK: [message(PAYLOAD)] },
    close: CLEAN,
    steps: () => [...fragments(OPCODE.text, cut(PAYLOAD, 1300)), kill(10_000)],
  },
];
