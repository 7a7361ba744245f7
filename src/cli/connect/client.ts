/** `barewire connect URL`: a client, from connecting to the end, and again with `--reconnect`. */

import { buffer } from "node:stream/consumers";
import { CloseCode, type Connection } from "../../index.ts";
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
import { openings } from "./opening.ts";
import type { ConnectOptions } from "./options.ts";

/** Talks to a server, until there is no connection and is to be none. @returns the exit code */
export async function runClient(
  options: ConnectOptions,
  plan: DialingPlan,
  terminal: Terminal,
): Promise<number> {
  try {
    return await talk(options, plan, terminal);
  } finally {
    terminal.close();
    // Whatever is still to come of it is for nobody, and would keep the process alive.
    process.stdin.destroy();
  }
}

async function talk(
  options: ConnectOptions,
  plan: DialingPlan,
  terminal: Terminal,
): Promise<number> {
  const leaving = new Leaving();
  // Before connecting: nobody should have to wait for the input with a connection held open.
  const first =
    options.once && options.send.length === 0
      ? [await wholeInput(options.binary)]
      : firstMessages(options, terminal);
  const wait = options.once ? (plan.options.handshakeTimeout ?? 0) : options.wait;
  const rules = { ...options, first, wait };
  const sideFor = sides(options, terminal, leaving);
  let result: number = EXIT.failure;
  for await (const ws of openings(plan, { ...options, signal: leaving.signal }, terminal)) {
    result = await serve(ws, rules, sideFor(ws), terminal, leaving);
    if (leaving.asked) break;
  }
  return result;
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
