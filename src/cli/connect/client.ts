/** `barewire connect URL`: a client, from connecting to the end, and again with `--reconnect`. */

import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { CloseCode, type Connection, HandshakeError } from "../../index.ts";
import { EXIT, UsageError } from "../command-line.ts";
import type { DialingPlan } from "../dialing/options.ts";
import { decodeText } from "../terminal/input-split.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { Child } from "./conversation/child.ts";
import { type ConversationEnd, converse } from "./conversation/conversation.ts";
import { failureOf, startPings, tellControlFrames, tellEnd } from "./conversation/ending.ts";
import { firstMessages, inputOf } from "./conversation/input.ts";
import { type Outgoing, type Side, Upcoming } from "./conversation/side.ts";
import { Leaving } from "./leaving.ts";
import { open } from "./opening.ts";
import type { ConnectOptions } from "./options.ts";
import { Delays, isPassing, retryAfter } from "./reconnecting.ts";

/** Talks to a server, until there is no connection and is to be none. @returns the exit code */
export async function runClient(
  options: ConnectOptions,
  plan: DialingPlan,
  terminal: Terminal,
): Promise<number> {
  try {
    return await attempts(options, plan, terminal);
  } finally {
    terminal.close();
    // Whatever is still to come of it is for nobody, and would keep the process alive.
    process.stdin.destroy();
  }
}

async function attempts(
  options: ConnectOptions,
  plan: DialingPlan,
  terminal: Terminal,
): Promise<number> {
  const leaving = new Leaving();
  const opening = { ...options, signal: leaving.signal };
  // Before connecting: nobody should have to wait for the input with a connection held open.
  const first =
    options.once && options.send.length === 0
      ? [await wholeInput(options.binary)]
      : firstMessages(options, terminal);
  const sideFor = sides(options, terminal, leaving);
  const delays = new Delays();
  for (;;) {
    const opened = await open(plan, opening, terminal);
    const began = performance.now();
    const isFailure = opened instanceof Error;
    const wait = options.once ? (plan.options.handshakeTimeout ?? 0) : options.wait;
    const result = isFailure
      ? EXIT.failure
      : await serve(opened, { ...options, first, wait }, sideFor(opened), terminal, leaving);
    const mayPass = !isFailure || (opened instanceof HandshakeError && isPassing(opened));
    if (!options.reconnect || !mayPass || leaving.asked) return result;
    if (!isFailure) delays.ended(performance.now() - began);
    const delay = delays.next(opened instanceof HandshakeError ? retryAfter(opened) : 0);
    terminal.tell(`connecting again in ${(delay / 1000).toFixed(1)} s`, "yellow");
    await setTimeout(delay, undefined, { signal: leaving.signal }).catch(() => {});
    if (leaving.asked) return result;
  }
}

/** All of stdin as one message: bytes, or text without its last line end. */
async function wholeInput(binary: boolean): Promise<string | Buffer> {
  const bytes = await buffer(process.stdin);
  if (binary) return bytes;
  const text = decodeText(bytes);
  if (text === undefined) throw new UsageError("the input is not UTF-8; expected --binary with it");
  return text.replace(/\r?\n$/, "");
}

/** What this end of each connection is: a child of its own, or the one input that there is. */
function sides(
  options: ConnectOptions,
  terminal: Terminal,
  leaving: Leaving,
): (ws: Connection) => Side & { end?(): Promise<void> } {
  const { exec } = options;
  if (exec !== undefined)
    return (ws) => new Child({ ...options, command: exec, env: childEnv(ws) });
  const input = new Upcoming(inputOf(options, terminal, leaving));
  return () => ({
    next: () => input.next(),
    taken: () => input.taken(),
    receive: (message) => terminal.print(message),
  });
}

function childEnv(ws: Connection): Record<string, string> {
  const peer = `${ws.remoteAddress ?? "unix"}:${ws.remotePort ?? 0}`;
  return { BAREWIRE_PEER: peer, BAREWIRE_SUBPROTOCOL: ws.protocol };
}

/** One connection, from its opening to its end. @returns the exit code that it deserves */
async function serve(
  ws: Connection,
  rules: ConnectOptions & { readonly first: readonly Outgoing[] },
  side: Side & { end?(): Promise<void> },
  terminal: Terminal,
  leaving: Leaving,
): Promise<number> {
  const unwatch = leaving.watch({
    close: () => void ws.close(CloseCode.normal),
    terminate: () => ws.terminate(),
  });
  const stopPings = startPings(ws, rules.pingInterval, terminal);
  if (rules.verbose) tellControlFrames(ws, terminal);
  try {
    const end = await converse(ws, side, rules);
    if (end.finished || end.failure !== undefined) leaving.follow();
    const missing = missingText(end, rules);
    for (const text of [failureOf(end), missing]) {
      if (text !== undefined) terminal.complain(`barewire connect: ${text}`);
    }
    const isClean = await tellEnd(ws, terminal);
    return isClean && end.failure === undefined && missing === undefined ? EXIT.ok : EXIT.failure;
  } finally {
    stopPings();
    unwatch();
    await side.end?.();
  }
}

function missingText(
  { received, finished, failure }: ConversationEnd,
  { maxMessages, once, wait }: ConnectOptions,
): string | undefined {
  if (failure !== undefined || !Number.isFinite(maxMessages) || received >= maxMessages) return;
  if (!once) return `${received} of ${maxMessages} messages came`;
  return finished
    ? `no reply within ${wait / 1000} s (--timeout)`
    : "the connection ended without a reply";
}
