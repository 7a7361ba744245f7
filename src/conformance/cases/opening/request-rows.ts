/** The kinds of row in the tables of requests: what is asked, and what may come of it. */
import type { RequestCase } from "../../case.ts";
import type { HeadChange } from "../../opening/head-changes.ts";
import { breaks, meets, type Outcome, weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";

/** One request and what may come of it. */
export interface Row {
  readonly what: string;
  readonly change: HeadChange;
  readonly rule: RuleName;
  readonly outcomes: readonly Outcome[];
  readonly otherwise?: RuleName;
}

/** The case of a row. */
export const requestCase = (id: string, { what, ...row }: Row): RequestCase => ({
  kind: "request",
  only: "server",
  http: "1.1",
  id,
  description: `${what}.`,
  ...row,
});

/** The cases of a group, numbered from 1. */
export const numbered = (group: number, rows: readonly Row[]): RequestCase[] =>
  rows.map((row, index) => requestCase(`20.${group}.${index + 1}`, row));

/** It opens, and nothing else is right. */
export const OPENS: readonly Outcome[] = [meets({ opening: "open" })];

/** It must open: the request differs from the right one in nothing that matters. */
export const opens = (what: string, change: HeadChange, rule: RuleName): Row => ({
  what,
  change,
  rule,
  outcomes: OPENS,
});

/** The WebSocket stays shut, and the client is left to guess why. */
export const UNTOLD: readonly Outcome[] = [
  weakens({ opening: "ended" }, "The connection was ended without an answer."),
  weakens({ opening: "silent" }, "No answer came."),
];

/** It must not open, and an error with one of these statuses, or 400, says why. */
export const refused = (
  what: string,
  change: HeadChange,
  rule: RuleName = "handshakeRefused",
  ...statuses: readonly number[]
): Row => ({
  what,
  change,
  rule,
  outcomes: [
    meets({ opening: "refused", statuses: [400, ...statuses] }),
    weakens({ opening: "refused" }, "Refused; 400 would say more."),
    ...UNTOLD,
  ],
});

/** It is HTTP, but asks for no WebSocket: whatever is answered, 101 is not. */
export const plain = (what: string, change: HeadChange, rule: RuleName = "plainRequest"): Row => ({
  what,
  change,
  rule,
  outcomes: [meets({ opening: "refused" }), ...UNTOLD],
});

/** It may open, rightly, or not. */
export const either = (what: string, change: HeadChange, rule: RuleName): Row => ({
  what,
  change,
  rule,
  outcomes: [
    breaks({ opening: "open" }, rule, "Opened."),
    breaks({ opening: "refused" }, rule, "Refused."),
    breaks({ opening: "ended" }, rule, "The connection was ended."),
    weakens({ opening: "silent" }, "No answer came."),
  ],
  otherwise: "handshake",
});

/** It should be refused, and nobody must. */
export const shouldRefuse = (
  what: string,
  change: HeadChange,
  rule: RuleName,
  ...statuses: readonly number[]
): Row => ({
  ...refused(what, change, rule, ...statuses),
  outcomes: [
    ...refused(what, change, rule, ...statuses).outcomes,
    breaks({ opening: "open" }, rule, "Opened."),
    breaks({ opening: "wrong" }, rule, "Opened."),
  ],
});
