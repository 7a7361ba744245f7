/**
 * Draws what `docs/closing.md` shows of the closing handshake from its tables. `npx tsx
 * test/protocol/closing-diagram.ts` writes it into the page; a test compares the two.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  CLOSING,
  type ClosingEvent,
  type ClosingStep,
  PHASE_RULES,
  PHASES,
  type Phase,
} from "../../src/protocol/closing.ts";

const PAGE = fileURLToPath(new URL("../../docs/closing.md", import.meta.url));
const START = "<!-- closing:start (test/protocol/closing-diagram.ts writes what is between) -->";
const END = "<!-- closing:end -->";

const EVENTS = Object.keys(CLOSING) as ClosingEvent[];

const NAMES: Readonly<Record<ClosingEvent, string>> = {
  close: "close()",
  "peer-close": "the peer's Close",
  breach: "a breach of the peer's",
  failure: "a failure here",
  turn: "its turn has come",
  "half-time": "half of closeTimeout",
  fin: "FIN",
  destroy: "terminate()",
  lost: "TCP is gone",
};

const ACTIONS: Readonly<Record<ClosingStep["action"], string>> = {
  none: "",
  wait: "Close waits",
  send: "sends Close",
  "send-now": "sends Close",
  "note-fin": "FIN is noted",
};

function cell(event: ClosingEvent, phase: Phase): string {
  const step = CLOSING[event][phase];
  if (step === undefined) return "cannot be";
  const to = step.to === phase ? "" : `**${step.to}**`;
  const text = [to, ACTIONS[step.action]].filter((part) => part !== "").join(", ");
  return text === "" ? "-" : text;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function diagram(): string {
  const ways = EVENTS.filter((event) => event !== "destroy" && event !== "lost").flatMap((event) =>
    PHASES.flatMap((phase) => {
      const step = CLOSING[event][phase];
      if (step === undefined || step.to === phase) return [];
      return [`  ${phase} --> ${step.to}: ${NAMES[event]}`];
    }),
  );
  return [
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> open",
    ...ways,
    "  ending --> gone: TCP is gone",
    "  gone --> [*]",
    "```",
  ].join("\n");
}

/** What the page has between its marks. */
export function drawn(): string {
  const transitions = table(
    ["event", ...PHASES],
    EVENTS.map((event) => [NAMES[event], ...PHASES.map((phase) => cell(event, phase))]),
  );
  const yes = (flag: boolean) => (flag ? "yes" : "no");
  const allowed = table(
    [
      "phase",
      "`state`",
      "messages that arrive",
      "Pings answered",
      "`send()`",
      "frames",
      "pinged",
      "time runs",
    ],
    PHASES.map((phase) => {
      const { state, messages, pings, sends, frames, pinged, deadline } = PHASE_RULES[phase];
      return [
        phase,
        state,
        messages,
        yes(pings),
        yes(sends),
        yes(frames),
        yes(pinged),
        yes(deadline),
      ];
    }),
  );
  return [
    diagram(),
    "## Each event in each phase",
    transitions,
    "## What a phase allows",
    allowed,
  ].join("\n\n");
}

/** What the page has there. */
export function inPage(): string {
  const text = readFileSync(PAGE, "utf8");
  return text.slice(text.indexOf(START) + START.length, text.indexOf(END)).trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(PAGE, "utf8");
  const before = text.slice(0, text.indexOf(START) + START.length);
  writeFileSync(PAGE, `${before}\n\n${drawn()}\n\n${text.slice(text.indexOf(END))}`);
}
