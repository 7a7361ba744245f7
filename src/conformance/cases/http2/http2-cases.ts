/** What the cases on HTTP/2 have in common. */
import type { Http2Case } from "../../case.ts";
import type { Http2Script, ScriptSeen } from "../../http2/probe.ts";
import { meets, type Outcome } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";

/** A case of section 26 whose number is still to come. */
export type Numbered = (id: string) => Http2Case;

/** What the script finds against a testee breaks the rule. */
export const FINDS_NOTHING: readonly Outcome[] = [meets({ nothingFound: true })];

/** A case over HTTP/2. */
export const http2Case =
  (
    what: string,
    rule: RuleName,
    script: Http2Script,
    outcomes: readonly Outcome[] = FINDS_NOTHING,
  ): Numbered =>
  (id) => ({
    kind: "http2",
    only: "server",
    http: "2",
    id,
    description: `${what}.`,
    rule,
    outcomes,
    script,
  });

/** The cases of a group, numbered from 1. */
export const numbered = (group: number, cases: readonly Numbered[]): Http2Case[] =>
  cases.map((make, index) => make(`26.${group}.${index + 1}`));

/** What to say where all is right, or what was found where it is not. */
export const judged = (right: boolean, yes: string, no: string): ScriptSeen =>
  right ? { said: yes } : { found: no };
