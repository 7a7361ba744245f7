import { describe, expect, it } from "vitest";
import {
  CLOSING,
  type ClosingEvent,
  type ClosingStep,
  PHASE_RULES,
  PHASES,
  type Phase,
} from "../../src/protocol/closing.ts";
import { drawn, inPage } from "./closing-diagram.ts";

const EVENTS = Object.keys(CLOSING) as ClosingEvent[];
const steps = EVENTS.flatMap((event) =>
  PHASES.map((phase) => ({ event, phase, step: CLOSING[event][phase] })),
);
const possible = steps.filter(
  (cell): cell is typeof cell & { step: ClosingStep } => cell.step !== undefined,
);

describe("the table of the closing handshake (§7)", () => {
  it("has no way back", () => {
    for (const { phase, step } of possible) {
      expect(PHASES.indexOf(step.to)).toBeGreaterThanOrEqual(PHASES.indexOf(phase));
    }
  });

  it("leads to the end from everywhere, by what this side or the system does", () => {
    for (const phase of PHASES) {
      if (phase === "gone") continue;
      expect(CLOSING.destroy[phase]?.to).toBe("ending");
      expect(CLOSING.lost[phase]?.to).toBe("gone");
    }
  });

  it("sends no frame where none may be sent (§5.5.1)", () => {
    for (const { phase, step } of possible) {
      if (!step.action.startsWith("send")) continue;
      expect(PHASE_RULES[phase].frames).toBe(true);
      // And none behind the Close.
      expect(PHASE_RULES[step.to].frames).toBe(false);
    }
  });

  it("has an event of the peer's bytes wherever they are read, and nowhere else", () => {
    for (const { event, phase, step } of steps) {
      if (event !== "peer-close" && event !== "breach") continue;
      const read = PHASE_RULES[phase].messages !== "ignore" && phase !== "gone";
      expect(step !== undefined).toBe(read);
    }
  });

  it("has the time for closing run in every phase that waits for the peer or the consumer", () => {
    for (const phase of PHASES) {
      expect(PHASE_RULES[phase].deadline).toBe(phase !== "open" && phase !== "gone");
    }
  });

  it("lets the user see a connection open, closing and closed, in this order", () => {
    const order = ["open", "closing", "closed"];
    const seen = PHASES.map((phase) => order.indexOf(PHASE_RULES[phase].state));
    expect(seen).toEqual([...seen].sort());
    expect(new Set(seen).size).toBe(3);
  });
});

/** What a connection would remember beside its phase. */
interface State {
  readonly phase: Phase;
  /** Whose Close frame waits: that of a higher rank takes its place. */
  readonly out: "none" | "echo" | "close" | "fail";
  readonly sent: boolean;
  readonly received: boolean;
  readonly fin: boolean;
  readonly failed: boolean;
}

const START: State = {
  phase: "open",
  out: "none",
  sent: false,
  received: false,
  fin: false,
  failed: false,
};

const OUT: Partial<Record<ClosingEvent, State["out"]>> = {
  close: "close",
  "peer-close": "echo",
  breach: "fail",
  failure: "fail",
};

/** The state after an event; undefined where it cannot happen. */
function after(state: State, event: ClosingEvent): State | undefined {
  const step = CLOSING[event][state.phase];
  const ofPeer = event === "peer-close" || event === "breach" || event === "fin";
  if (step === undefined || (ofPeer && state.fin)) return undefined;
  if ((event === "turn" || event === "half-time") && state.out === "none") return undefined;
  const sends = step.action.startsWith("send");
  const waits = step.action === "wait";
  const out = sends ? "none" : waits ? OUT[event]! : state.out;
  const next: State = {
    phase: step.to,
    out,
    sent: state.sent || sends,
    received: state.received || event === "peer-close",
    fin: state.fin || step.action === "note-fin",
    failed: state.failed || event === "breach" || step.action === "send-now",
  };
  // The end of the peer's side that was noted before counts as soon as it matters.
  return next.phase === "sent" && next.fin ? after({ ...next, fin: false }, "fin") : next;
}

/** Every state that can be reached, and every way between two of them. */
function walk(): { states: State[]; ways: [State, ClosingEvent, State][] } {
  const states = new Map<string, State>([[JSON.stringify(START), START]]);
  const ways: [State, ClosingEvent, State][] = [];
  for (const state of states.values()) {
    for (const event of EVENTS) {
      const next = after(state, event);
      if (next === undefined) continue;
      ways.push([state, event, next]);
      // A Map goes on to what is added while it is iterated over.
      if (!states.has(JSON.stringify(next))) states.set(JSON.stringify(next), next);
    }
  }
  return { states: [...states.values()], ways };
}

describe("a walk through all that the table can do", () => {
  const { states, ways } = walk();

  it("goes through a few dozen states", () => {
    expect(states.length).toBeGreaterThan(30);
    expect(states.length).toBeLessThan(100);
  });

  it("sends one Close frame at most", () => {
    for (const [before, , next] of ways) {
      if (before.sent) expect(next.out).toBe("none");
    }
  });

  it("leaves no Close waiting where nothing may be sent, but for the end of TCP", () => {
    for (const [before, event, next] of ways) {
      if (PHASE_RULES[next.phase].frames || next.out === "none") continue;
      const cut = event === "destroy" || event === "lost" || before.out !== "none";
      expect(cut).toBe(true);
    }
  });

  it("lets a failure win while its Close is not out", () => {
    for (const [before, event, next] of ways) {
      if (event === "breach" && !before.sent) expect(next.out).toBe("fail");
      if (before.out === "fail" && next.out !== "none") expect(next.out).toBe("fail");
    }
  });

  it("answers each Close of the peer's, unless it has said its own or TCP ends", () => {
    for (const { phase, received, sent, out } of states) {
      if (received && PHASE_RULES[phase].frames) expect(sent || out !== "none").toBe(true);
    }
  });

  it("reads nothing behind the peer's Close (§1.4)", () => {
    for (const { phase, received } of states) {
      if (received && phase !== "gone") expect(PHASE_RULES[phase].messages).toBe("ignore");
    }
  });

  it("pings nobody who was told that it is over, or has said so", () => {
    for (const { phase, out, received, sent } of states) {
      if (out !== "none" || received || sent) expect(PHASE_RULES[phase].pinged).toBe(false);
    }
  });

  it("forgets no end of the peer's side of TCP", () => {
    for (const [before, , next] of ways) if (before.fin) expect(next.fin).toBe(true);
  });
});

it("docs/closing.md is drawn from the table", () => {
  expect(inPage()).toBe(drawn());
});
