/** Cases in which a connection must be failed, and cases in which all is well. */
import type { DialogCase, Event, ExpectedClose, Step } from "../case.ts";
import { CLEAN, giveUp, kill, PROTOCOL_ERROR } from "./steps.ts";

/** What may differ between cases that must fail. */
export interface Options {
  readonly rule: string;
  readonly only?: "server" | "client";
  readonly close?: ExpectedClose;
  readonly otherwise?: DialogCase["otherwise"];
}

/** The testee must fail the connection. */
export function refused(
  id: string,
  description: string,
  options: Options,
  steps: (isServer: boolean) => readonly Step[],
): DialogCase {
  return {
    kind: "dialog",
    id,
    description: `${description}.`,
    expectation: "The connection is failed at once (1002).",
    rules: [`RFC 6455 ${options.rule}`],
    expected: { OK: [] },
    close: options.close ?? PROTOCOL_ERROR,
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.otherwise === undefined ? {} : { otherwise: options.otherwise }),
    steps: (isServer) => [...steps(isServer), kill()],
  };
}

/** The testee must answer with `events`. */
export function served(
  id: string,
  description: string,
  rule: string,
  events: readonly Event[],
  steps: (isServer: boolean) => readonly Step[],
  options: Partial<DialogCase> = {},
): DialogCase {
  return {
    kind: "dialog",
    id,
    description: `${description}.`,
    expectation: "What is legal comes back in order; a clean close with 1000.",
    rules: [`RFC 6455 ${rule}`],
    expected: { OK: events },
    close: CLEAN,
    steps: (isServer) => [...steps(isServer), giveUp(3000)],
    ...options,
  };
}
