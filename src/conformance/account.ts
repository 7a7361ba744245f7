/** What was seen, and what should have been, in words. */

import type { CaseHead } from "./case.ts";
import { type Ending, type Event, type Observation, sameEvent } from "./observation.ts";
import type { Outcome, Pattern } from "./outcome.ts";
import { ruleNamed } from "./rules.ts";

const number = (value: number) => value.toLocaleString("en-US");

/** A number of things: `"a Pong"`, `"100 Pongs"`. */
const counted = (count: number, one: string, many: string) =>
  count === 1 ? one : `${number(count)} ${many}`;

/** Messages and Pongs in words; `undefined` for none. */
function eventWords(events: readonly Event[]): string | undefined {
  const messages = events.filter((event) => event.kind === "message");
  const pongs = events.filter(({ kind }) => kind === "pong").length;
  const parts: string[] = [];
  const [first] = messages;
  if (messages.length === 1 && first !== undefined) {
    const type = first.binary ? "binary" : "text";
    const bytes = counted(first.payload.length, "1 byte", "bytes");
    parts.push(`a ${type} message of ${first.payload.length === 0 ? "no bytes" : bytes}`);
  } else if (messages.length > 1) parts.push(`${number(messages.length)} messages`);
  if (pongs > 0) parts.push(counted(pongs, "a Pong", "Pongs"));
  return parts.length === 0 ? undefined : parts.join(" and ");
}

const codeWords = (code: number | null) =>
  code === null ? "Close without a code" : `Close ${code}`;

/** How the testee, or the judge, ended a connection. */
function endingWords(ending: Ending): string {
  const { closeCame, closedByMe, droppedByMe, remoteCloseCode, wasReset } = ending;
  if (closeCame) return codeWords(remoteCloseCode);
  if (droppedByMe) {
    return ending.wasNotCleanReason?.includes("flood") ? "frames without end" : "no Close";
  }
  if (wasReset) return closedByMe ? "a reset instead of a Close" : "a reset";
  return closedByMe ? "the end of TCP instead of a Close" : "the end of TCP";
}

/** What came of the opening handshake. */
function openingWords({ opening }: Observation): string {
  switch (opening.is) {
    case "open":
      return "an open WebSocket";
    case "wrong":
      return `an answer that is not right (${opening.why})`;
    case "refused":
      return `"${opening.head.start}"`;
    case "ended":
      return "the end of the connection without an answer";
    case "silent":
      return `no answer within ${number(opening.wait)} ms`;
  }
}

/** Which message is not the one that it should be, where as many things came as should. */
function unlikeWords({ outcomes }: CaseHead, events: readonly Event[]): string | undefined {
  const wanted = outcomes.find(({ counts }) => counts === "meets")?.when.events;
  if (wanted?.length !== events.length) return undefined;
  const at = wanted.findIndex((event, i) => !sameEvent(event, events[i]!));
  const [should, is] = [wanted[at], events[at]];
  if (should?.kind !== "message" || is?.kind !== "message") return undefined;
  const nth = events.slice(0, at + 1).filter(({ kind }) => kind === "message").length;
  const which = `message ${nth} ${should.binary === is.binary ? "" : "of the other type, "}`.trim();
  const [wants, has] = [should.payload.length, is.payload.length];
  if (wants !== has) return `${which} has ${number(has)} bytes, not ${number(wants)}`;
  return should.payload.equals(is.payload) ? which : `${which} has other bytes`;
}

/** What was seen, without an end: `"got Close 1002"`. */
export function seenWords(seen: Observation, testCase: CaseHead): string {
  if (seen.found !== undefined) return seen.found;
  const { exchange } = seen;
  if (exchange?.fault !== undefined) return exchange.fault;
  const parts: string[] = [];
  if (exchange !== undefined) {
    const { cameBack, wanted } = exchange;
    parts.push(`${number(cameBack)} of ${counted(wanted, "one message", "messages")}`);
  }
  if (seen.opening.is !== "open" || seen.ending === undefined) parts.push(openingWords(seen));
  const events = eventWords(seen.events);
  const unlike = unlikeWords(testCase, seen.events);
  if (events !== undefined) parts.push(unlike === undefined ? events : `${events} (${unlike})`);
  if (seen.ending !== undefined) parts.push(endingWords(seen.ending));
  if (seen.stream?.reset !== undefined) parts.push(`RST_STREAM ${seen.stream.reset}`);
  if (seen.stream?.goaway !== undefined) parts.push(`GOAWAY ${seen.stream.goaway}`);
  return `got ${parts.join(", then ")}`;
}

const list = (codes: readonly number[]) => codes.join(" or ");

/** A pattern in words: what the testee does. */
function patternWords(pattern: Pattern): string {
  const parts = [
    openingPattern(pattern),
    pattern.head?.words,
    eventPattern(pattern),
    pattern.exchange === undefined ? undefined : "every message comes back with its bytes",
    endPattern(pattern),
    pattern.closeless ? "TCP ends without a Close" : undefined,
    pattern.reset ? "TCP is reset" : undefined,
    pattern.freshKeys ? "every frame has a masking key of its own" : undefined,
    pattern.streamReset === undefined ? undefined : "the stream is reset",
    pattern.goaway === undefined ? undefined : "the connection ends with GOAWAY",
    pattern.connectionEnded ? "the connection ends" : undefined,
    pattern.nothingFound ? "all of this is so" : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "anything else" : parts.join(", ");
}

function openingPattern({ opening, statuses }: Pattern): string | undefined {
  if (statuses !== undefined) return `refused with ${list(statuses)}`;
  switch (opening) {
    case "open":
      return "the WebSocket opens";
    case "refused":
      return "refused with an HTTP status";
    case "ended":
      return "the connection ends without an answer";
    case "silent":
      return "nothing happens";
    case "wrong":
      return "it opens wrongly";
    default:
      return undefined;
  }
}

function eventPattern({ end, events, sparse }: Pattern): string | undefined {
  if (events === undefined) return undefined;
  const words = eventWords(events);
  if (words !== undefined) return `${sparse ? "up to " : ""}${words} come${plural(events)} back`;
  return end?.by === "judge" ? "nothing comes back" : undefined;
}

const plural = (events: readonly Event[]) =>
  events.filter(({ kind }) => kind !== "timeout").length === 1 ? "s" : "";

function endPattern({ end }: Pattern): string | undefined {
  if (end === undefined) return undefined;
  const codes = end.codes === undefined ? "" : ` (${list(end.codes)})`;
  if (end.by === "testee" && end.notCodes !== undefined) {
    return "the connection is failed (if with a Close, by a code that says why)";
  }
  if (end.by === "testee") return `the connection is failed${codes}`;
  if (end.by === "either") return "the connection ends";
  return end.clean ? `a clean close${codes}` : `Close${codes} or the end of TCP`;
}

const capital = (words: string) => words.slice(0, 1).toUpperCase() + words.slice(1);

/** What is expected of a case, generated from its outcomes and its rule. */
export function expectationOf({ otherwise, outcomes, rule }: CaseHead): string {
  const inWords = (counts: Outcome["counts"]) =>
    outcomes.filter((one) => one.counts === counts).map(({ when }) => patternWords(when));
  const right = inWords("meets");
  const weak = inWords("weakens");
  const { says, strength } = ruleNamed(rule);
  const sentences = [
    right.length === 0 ? undefined : `${capital(right.join("; or "))}.`,
    weak.length === 0 ? undefined : `NON-STRICT: ${weak.join("; or ")}.`,
    ...outcomes.flatMap((one) => (one.counts === "breaks" ? breachWords(one) : [])),
    right.length === 0 || strength === "MAY" || otherwise !== undefined ? says : undefined,
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(" ");
}

function breachWords({ rule, when }: Outcome): string[] {
  if (rule === undefined) return [];
  const verdict = { SHOULD: "NON-STRICT", MAY: "INFORMATIONAL", MUST: "FAILED", robustness: "OK" };
  return [`${verdict[ruleNamed(rule).strength]}: ${patternWords(when)}.`];
}

/** What was expected first, as the end of a sentence. */
export function wantedWords({ otherwise, outcomes, rule }: CaseHead): string {
  const first = outcomes.find(({ counts }) => counts === "meets");
  if (first !== undefined) return patternWords(first.when);
  const { says } = ruleNamed(otherwise ?? rule);
  return `${says.slice(0, 1).toLowerCase()}${says.slice(1).replace(/\.$/, "")}`;
}
