/** Requests as rows of a table: what is changed in a right one, and what must come of it. */
import type { ServerProbe } from "../case.ts";
import type { Finding } from "../finding.ts";
import { openFault, type Probe, refusedFinding } from "../probe.ts";
import { type Head, statusOf } from "../wire/head.ts";

/** One field of a request. */
export type Field = readonly [name: string, value: string];
/** A request head in parts. */
export interface Request {
  readonly start: string;
  readonly fields: readonly Field[];
}
/** Makes another request of the right one; a string is sent as it is. */
export type Change = (request: Request) => Request | string;

/** How long an answer may take, in milliseconds. */
export const ANSWER_WAIT = 3000;

/** What must come of a request; the numbers are statuses that fit besides 400. */
export type Wanted = "open" | "any" | readonly number[];

/** Leaves a field out. */
export const without =
  (name: string): Change =>
  ({ start, fields }) => ({ start, fields: fields.filter(([key]) => key !== name) });

/** Adds fields at the end. */
export const adding =
  (...more: readonly Field[]): Change =>
  ({ start, fields }) => ({ start, fields: [...fields, ...more] });

/** Gives a field another value. */
export const setting =
  (name: string, value: string): Change =>
  ({ start, fields }) => ({
    start,
    fields: fields.map(([key, old]) => [key, key === name ? value : old] as const),
  });

/** Changes the names of all fields. */
export const renaming =
  (how: (name: string) => string): Change =>
  ({ start, fields }) => ({
    start,
    fields: fields.map(([key, value]) => [how(key), value] as const),
  });

/** Makes another request line from the path. */
export const starting =
  (how: (path: string) => string): Change =>
  ({ start, fields }) => ({ start: how(start.split(" ")[1]!), fields });

/** The whole request as text, changed at the end. */
export const raw =
  (how: (text: string) => string): Change =>
  (request) =>
    how(textOf(request));

/** A request as text. */
export function textOf({ start, fields }: Request): string {
  return `${[start, ...fields.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
}

/** One request and what must come of it. */
export interface Row {
  readonly what: string;
  readonly change: Change;
  readonly wanted: Wanted;
  readonly rule: string;
  /** Looks at an answer that opened. */
  readonly check?: (head: Head) => string | undefined;
  /** Looks at an answer that refused. */
  readonly checkRefusal?: (head: Head) => string | undefined;
}

/** A {@link Row}. */
export const row = (
  what: string,
  change: Change,
  wanted: Wanted,
  rule = "RFC 6455 §4.2.1",
): Row => ({
  what,
  change,
  wanted,
  rule,
});

const EXPECTATION = {
  open: "The connection opens (101) with the right Sec-WebSocket-Accept and nothing that was not offered.",
  any: "Refused or opened, as the server likes; an answer in any case.",
  refuse: "Refused with an HTTP error. The end of TCP without an answer is NON-STRICT.",
};

/** The case for a row. */
export function probeOf(
  id: string,
  { what, change, wanted, rule, check, checkRefusal }: Row,
): ServerProbe {
  const kind = wanted === "open" || wanted === "any" ? wanted : "refuse";
  return {
    kind: "server-probe",
    only: "server",
    http: "1.1",
    id,
    description: `${what}.`,
    expectation: EXPECTATION[kind],
    rules: [rule],
    probe: async (probe) => {
      const { head, ended } = await ask(probe, change);
      if (wanted === "any") return anyFinding(head, ended);
      if (wanted === "open") return openFinding(head, check);
      const finding = refusedFinding(head, ended, wanted);
      const fault = head === undefined ? undefined : checkRefusal?.(head);
      return finding.behavior === "OK" && fault !== undefined
        ? { behavior: "NON-STRICT", result: fault }
        : finding;
    },
  };
}

/** Sends a changed request on a connection of its own. */
export async function ask(probe: Probe, change: Change) {
  const changed = change(probe.rightRequest());
  const text = typeof changed === "string" ? changed : textOf(changed);
  const connection = await probe.connect();
  probe.request = text.length > 4000 ? `${text.slice(0, 4000)}…` : text;
  connection.send(Buffer.from(text, "latin1"));
  const head = await connection.head(ANSWER_WAIT);
  probe.response = head?.raw ?? connection.partialHead;
  return { head, ended: connection.ended };
}

/** The verdict on a request that must open. */
export function openFinding(head: Head | undefined, check: Row["check"]): Finding {
  const fault = openFault(head) ?? check?.(head!);
  return fault === undefined
    ? { behavior: "OK", result: "Opened." }
    : { behavior: "FAILED", result: fault };
}

function anyFinding(head: Head | undefined, ended: boolean): Finding {
  if (head === undefined && !ended) return { behavior: "FAILED", result: "No answer came." };
  const status = head === undefined ? "the end of the connection" : String(statusOf(head));
  return { behavior: "INFORMATIONAL", result: `Answered with ${status}.` };
}

/** The cases of a group, numbered from 1. */
export function number(group: number, rows: readonly Row[]): ServerProbe[] {
  return rows.map((one, index) => probeOf(`20.${group}.${index + 1}`, one));
}
