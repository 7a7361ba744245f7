/** Masks (RFC 6455 §5.1, §5.3): missing ones, forbidden ones, and odd ones. */
import type { DialogCase, Role, Step } from "../../case.ts";
import { OPCODE } from "../../wire/frame.ts";
import { dialog, failed, failedAnyhow, served } from "../builders.ts";
import { frame, giveUp, kill, message, text } from "../steps.ts";

const HELLO = "Hello, world!";
const MASK = Buffer.from([0x9a, 0x05, 0xc3, 0x7e]);

const KINDS: readonly (readonly [string, number])[] = [
  ["text message", OPCODE.text],
  ["binary message", OPCODE.binary],
  ["Ping", OPCODE.ping],
  ["Pong", OPCODE.pong],
];

/** A server closes on what is not masked, a client on what is; a Close may say 1002 (§5.1). */
function refused(id: string, only: Role, description: string, steps: readonly Step[]): DialogCase {
  return dialog({
    id,
    only,
    description: `${description}.`,
    rule: only === "server" ? "unmaskedRefused" : "maskedRefused",
    outcomes: failed(),
    steps: () => [...steps, kill()],
  });
}

const unmasked = (id: string, what: string, steps: readonly Step[]) =>
  refused(id, "server", `An unmasked ${what} from the client`, steps);

const masked = (id: string, what: string, steps: readonly Step[]) =>
  refused(id, "client", `A masked ${what} from the server`, steps);

const CLOSE = Buffer.from([0x03, 0xe8]);

/** Cases 22.3.1 to 22.3.16. */
export const MASKS: readonly DialogCase[] = [
  ...KINDS.map(([name, opcode], i) =>
    unmasked(`22.3.${i + 1}`, name, [frame(opcode, "x", { mask: false })]),
  ),
  ...KINDS.map(([name, opcode], i) =>
    masked(`22.3.${i + 5}`, name, [frame(opcode, "x", { mask: MASK })]),
  ),
  unmasked("22.3.9", "empty text message", [text("", { mask: false })]),
  masked("22.3.10", "empty text message", [text("", { mask: MASK })]),
  {
    ...refused("22.3.11", "server", "An unmasked continuation of a masked text", [
      text("a", { fin: false }),
      frame(OPCODE.continuation, "b", { mask: false }),
    ]),
    outcomes: failedAnyhow,
  },
  dialog({
    id: "22.3.12",
    only: "server",
    description: "Masking keys of zeros and of ones.",
    rule: "masksRemoved",
    outcomes: served([message(HELLO), message(HELLO)]),
    steps: () => [
      text(HELLO, { mask: Buffer.alloc(4) }),
      text(HELLO, { mask: Buffer.alloc(4, 0xff) }),
      giveUp(3000),
    ],
  }),
  unmasked("22.3.13", "Close", [frame(OPCODE.close, CLOSE, { mask: false })]),
  masked("22.3.14", "Close", [frame(OPCODE.close, CLOSE, { mask: MASK })]),
  unmasked("22.3.15", "text message of 126 bytes", [text(Buffer.alloc(126, "x"), { mask: false })]),
  masked("22.3.16", "text message of 126 bytes", [text(Buffer.alloc(126, "x"), { mask: MASK })]),
];
