/** Fragmented messages, and frames between the fragments (RFC 6455 §5.4). */
import type { Pace } from "../../carrier/carrier.ts";
import type { DialogCase, Step } from "../../case.ts";
import type { Event } from "../../observation.ts";
import { type Outcome, weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { OPCODE } from "../../wire/frame.ts";
import { CLEAN, dialog, eventsThen, PROTOCOL_ERROR, served } from "../builders.ts";
import {
  cut,
  fragments,
  frame,
  giveUp,
  kill,
  message,
  ping,
  pong,
  repeated,
  text,
  wait,
} from "../steps.ts";

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
  rule: RuleName,
  steps: readonly Step[],
  outcomes: readonly Outcome[] = [eventsThen([], PROTOCOL_ERROR)],
): DialogCase {
  return dialog({ id, description, rule, outcomes, steps: () => [...steps, kill()] });
}

function echoed(
  id: string,
  description: string,
  rule: RuleName,
  events: readonly Event[],
  steps: readonly Step[],
): DialogCase {
  const outcomes = [eventsThen(events, CLEAN)];
  return dialog({ id, description, rule, outcomes, steps: () => [...steps, giveUp()] });
}

const cont = (payload: string, options: Parameters<typeof frame>[2]) =>
  frame(OPCODE.continuation, payload, options);

function fragmentedControl(id: string, name: string, opcode: number): DialogCase {
  return refused(id, `A ${name} in two fragments.`, "controlWhole", fragments(opcode, TWO));
}

function twoFragments(id: string, pace: Pace): DialogCase {
  const description = `A text message in two fragments${how(pace)}.`;
  const events = [message(TWO.join(""))];
  return echoed(id, description, "fragmentsJoined", events, fragments(OPCODE.text, TWO, pace));
}

function pingBetween(id: string, pace: Pace): DialogCase {
  const [first, second] = fragments(OPCODE.text, TWO, pace);
  return echoed(
    id,
    `A text message in two fragments with a Ping between them${how(pace)}.`,
    "controlInside",
    [pong("ping payload"), message(TWO.join(""))],
    [first!, ping("ping payload", pace), second!],
  );
}

function nothingToContinue(id: string, fin: boolean, pace: Pace): DialogCase {
  return refused(
    id,
    `A continuation frame with FIN = ${fin ? 1 : 0} where there is nothing to continue, then a text message${how(pace)}.`,
    "fragmentOrder",
    [cont("non-continuation payload", { fin, ...pace }), text("Hello, world!", pace)],
  );
}

function continuationAfterMessage(): DialogCase {
  const events = [message("fragment1fragment2")];
  const parts = ["fragment1", "fragment2", "fragment3", "fragment4"] as const;
  const refusal = refused(
    "5.15",
    "A text message in two fragments, then a continuation frame with FIN = 0 where there is nothing to continue, then a text message.",
    "fragmentOrder",
    [...fragments(OPCODE.text, parts.slice(0, 2)), cont(parts[2], { fin: false }), text(parts[3])],
    [
      eventsThen(events, PROTOCOL_ERROR),
      weakens({ events: [], end: PROTOCOL_ERROR }, "The first message did not come back."),
    ],
  );
  return { ...refusal, races: true };
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
    "fragmentOrder",
    [...once, ...once],
  );
}

function twoPings(id: string, pace: Pace): DialogCase {
  const parts = ["fragment1", "fragment2", "fragment3", "fragment4", "fragment5"];
  const [one, two, three, four, five] = fragments(OPCODE.text, parts, pace);
  return echoed(
    id,
    `A text message in five fragments, a Ping after the second, a pause of a second, a Ping after the fourth${how(pace)}.`,
    "controlInside",
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

const LONG = repeated("*", 65_536);
const BYTES = Buffer.from([0x00, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]);

/** Beyond Autobahn. */
const MORE: readonly DialogCase[] = [
  dialog({
    id: "22.9.2",
    description: "A text message in 1000 fragments, all but one empty.",
    rule: "fragmentsJoined",
    outcomes: served([message("x")]),
    steps: () => [
      ...fragments(OPCODE.text, [...Array.from({ length: 999 }, () => ""), "x"]),
      giveUp(3000),
    ],
  }),
  dialog({
    id: "22.9.3",
    description: "A binary message in fragments, of bytes that are not UTF-8.",
    rule: "fragmentsJoined",
    outcomes: served([message(BYTES, true)]),
    steps: () => [
      ...fragments(OPCODE.binary, [BYTES.subarray(0, 3), BYTES.subarray(3)]),
      giveUp(3000),
    ],
  }),
  dialog({
    id: "22.9.4",
    description: "A character cut between fragments with a Ping in between.",
    rule: "controlInside",
    outcomes: served([pong("p"), message("\u20ac")]),
    steps: () => [
      frame(OPCODE.text, Buffer.from([0xe2, 0x82]), { fin: false }),
      ping("p"),
      frame(OPCODE.continuation, Buffer.from([0xac])),
      giveUp(3000),
    ],
  }),
  dialog({
    id: "22.9.8",
    description: "A Pong between fragments.",
    rule: "controlInside",
    outcomes: served([message("ab")]),
    steps: () => [
      text("a", { fin: false }),
      frame(OPCODE.pong, "x"),
      frame(OPCODE.continuation, "b"),
      giveUp(3000),
    ],
  }),
];

/** Cases 5.1 to 5.20, 10.1.1, 22.9.2 to 22.9.4 and 22.9.8. */
export const FRAGMENTS: readonly DialogCase[] = [
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
  refused("5.18", "Two text frames, the first with FIN = 0.", "fragmentOrder", [
    text(TWO[0]!, { fin: false }),
    text(TWO[1]!),
  ]),
  twoPings("5.19", {}),
  twoPings("5.20", FRAMEWISE),
  dialog({
    id: "10.1.1",
    description: "A text message of 65536 bytes in fragments of 1300 bytes.",
    rule: "fragmentsJoined",
    outcomes: [eventsThen([message(LONG)], CLEAN)],
    steps: () => [...fragments(OPCODE.text, cut(LONG, 1300)), kill(10_000)],
  }),
  ...MORE,
];
