/** Section 5: fragmentation (RFC 6455 §5.4). */
import type { DialogCase, Event, Step } from "../case.ts";
import { OPCODE } from "../wire/frame.ts";
import type { Pace } from "../wire/link.ts";
import {
  CLEAN,
  fragments,
  frame,
  giveUp,
  kill,
  message,
  PROTOCOL_ERROR,
  ping,
  pong,
  text,
  wait,
} from "./steps.ts";

const BYTEWISE: Pace = { chop: 1 };
const FRAMEWISE: Pace = { alone: true };
const TWO = ["fragment1", "fragment2"];

function how(pace: Pace): string {
  if (pace.chop === 1) return ", written byte by byte";
  return pace.alone ? ", each frame written by itself" : "";
}

function refused(
  id: string,
  description: string,
  rule: string,
  steps: readonly Step[],
  expected: DialogCase["expected"] = { OK: [] },
): DialogCase {
  return {
    kind: "dialog",
    id,
    description,
    expectation: "The connection is failed at once (1002).",
    rules: [`RFC 6455 ${rule}`],
    expected,
    close: PROTOCOL_ERROR,
    steps: () => [...steps, kill()],
  };
}

function echoed(
  id: string,
  description: string,
  events: readonly Event[],
  steps: readonly Step[],
): DialogCase {
  return {
    kind: "dialog",
    id,
    description,
    expectation: "The message comes back whole, a Pong for each Ping before it; a clean close.",
    rules: ["RFC 6455 §5.4", "RFC 6455 §5.5"],
    expected: { OK: events },
    close: CLEAN,
    steps: () => [...steps, giveUp()],
  };
}

const cont = (payload: string, options: Parameters<typeof frame>[2]) =>
  frame(OPCODE.continuation, payload, options);

function fragmentedControl(id: string, name: string, opcode: number): DialogCase {
  return refused(id, `A ${name} in two fragments.`, "§5.5", fragments(opcode, TWO));
}

function twoFragments(id: string, pace: Pace): DialogCase {
  const description = `A text message in two fragments${how(pace)}.`;
  return echoed(id, description, [message(TWO.join(""))], fragments(OPCODE.text, TWO, pace));
}

function pingBetween(id: string, pace: Pace): DialogCase {
  const [first, second] = fragments(OPCODE.text, TWO, pace);
  return echoed(
    id,
    `A text message in two fragments with a Ping between them${how(pace)}.`,
    [pong("ping payload"), message(TWO.join(""))],
    [first!, ping("ping payload", pace), second!],
  );
}

function nothingToContinue(id: string, fin: boolean, pace: Pace): DialogCase {
  return refused(
    id,
    `A continuation frame with FIN = ${fin ? 1 : 0} where there is nothing to continue, then a text message${how(pace)}.`,
    "§5.4",
    [cont("non-continuation payload", { fin, ...pace }), text("Hello, world!", pace)],
  );
}

function continuationAfterMessage(): DialogCase {
  const parts = ["fragment1", "fragment2", "fragment3", "fragment4"] as const;
  return refused(
    "5.15",
    "A text message in two fragments, then a continuation frame with FIN = 0 where there is nothing to continue, then a text message.",
    "§5.4",
    [...fragments(OPCODE.text, parts.slice(0, 2)), cont(parts[2], { fin: false }), text(parts[3])],
    { OK: [message(parts[0] + parts[1])], "NON-STRICT": [] },
  );
}

function repeatedTwice(id: string, fin: boolean): DialogCase {
  const once = [
    cont("fragment1", { fin }),
    text("fragment2", { fin: false }),
    cont("fragment3", { fin: true }),
  ];
  return refused(
    id,
    `Twice: a continuation frame with FIN = ${fin ? 1 : 0} where there is nothing to continue, then a text message in two fragments.`,
    "§5.4",
    [...once, ...once],
  );
}

function twoPings(id: string, pace: Pace): DialogCase {
  const parts = ["fragment1", "fragment2", "fragment3", "fragment4", "fragment5"];
  const [one, two, three, four, five] = fragments(OPCODE.text, parts, pace);
  return echoed(
    id,
    `A text message in five fragments, a Ping after the second, a pause of a second, a Ping after the fourth${how(pace)}.`,
    [pong("pongme 1!"), pong("pongme 2!"), message(parts.join(""))],
    [
      one!,
      two!,
      ping("pongme 1!", pace),
      wait(1000),
      three!,
      four!,
      ping("pongme 2!", pace),
      five!,
    ],
  );
}

/** Cases 5.1 to 5.20. */
export const SECTION_5: readonly DialogCase[] = [
  fragmentedControl("5.1", "Ping", OPCODE.ping),
  fragmentedControl("5.2", "Pong", OPCODE.pong),
  twoFragments("5.3", {}),
  twoFragments("5.4", FRAMEWISE),
  twoFragments("5.5", BYTEWISE),
  pingBetween("5.6", {}),
  pingBetween("5.7", FRAMEWISE),
  pingBetween("5.8", BYTEWISE),
  nothingToContinue("5.9", true, {}),
  nothingToContinue("5.10", true, FRAMEWISE),
  nothingToContinue("5.11", true, BYTEWISE),
  nothingToContinue("5.12", false, {}),
  nothingToContinue("5.13", false, FRAMEWISE),
  nothingToContinue("5.14", false, BYTEWISE),
  continuationAfterMessage(),
  repeatedTwice("5.16", false),
  repeatedTwice("5.17", true),
  refused("5.18", "Two text frames, the first with FIN = 0.", "§5.4", [
    text(TWO[0]!, { fin: false }),
    text(TWO[1]!),
  ]),
  twoPings("5.19", {}),
  twoPings("5.20", FRAMEWISE),
];
