/** What the cases of section 26 have in common. */
import type { Http2ProbeCase } from "../case.ts";
import type { Finding } from "../finding.ts";
import type { Http2Probe } from "../http2/probe.ts";

/** What a case says about itself besides its number. */
export interface Words {
  readonly what: string;
  readonly expectation: string;
  readonly rules: readonly string[];
}

/** A case of section 26 whose number is still to come. */
export type Numbered = (id: string) => Http2ProbeCase;

/** A case over HTTP/2. */
export const http2Case =
  ({ what, expectation, rules }: Words, probe: (probe: Http2Probe) => Promise<Finding>): Numbered =>
  (id) => ({
    kind: "http2-probe",
    only: "server",
    http: "2",
    id,
    description: `${what}.`,
    expectation,
    rules,
    probe,
  });

/** The cases of a group, numbered from 1. */
export const numbered = (group: number, cases: readonly Numbered[]): Http2ProbeCase[] =>
  cases.map((make, index) => make(`26.${group}.${index + 1}`));

/** OK or FAILED, with what to say in either case. */
export const judged = (right: boolean, yes: string, no: string): Finding => ({
  behavior: right ? "OK" : "FAILED",
  result: right ? yes : no,
});
