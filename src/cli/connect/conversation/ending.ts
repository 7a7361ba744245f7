/** What is told of a connection while it lasts and when it has ended, on either side. */

import type { Connection } from "../../../index.ts";
import { inOptionsHere } from "../../dialing/options.ts";
import { InputError } from "../../terminal/input-split.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { ChildError } from "./child.ts";
import type { ConversationEnd } from "./conversation.ts";

/** Tells how the connection ended. @returns whether that was a clean end without an error */
export async function tellEnd(ws: Connection, terminal: Terminal, who = ""): Promise<boolean> {
  const { code, reason, clean, error } = await ws.closed;
  // §7.4.1: 1000 is normal, 1001 going away, 1005 no code given; applications have 3000 to 4999.
  const isGood = clean && (code === 1000 || code === 1001 || code === 1005 || code >= 3000);
  const text = `closed with ${code}${reason === "" ? "" : `: ${reason}`}${clean ? "" : " (lost)"}`;
  terminal.tell(`${who}${text}`, isGood ? "green" : "red");
  if (error !== undefined) terminal.complain(`barewire connect: ${inOptionsHere(error.message)}`);
  return isGood;
}

/** Why the conversation failed on this side, for people; undefined where it did not. */
export function failureOf({ failure }: ConversationEnd): string | undefined {
  return failure === undefined ? undefined : failureText(failure);
}

/** A failure of this side, for people; throws what is none. */
export function failureText(failure: unknown): string {
  if (failure instanceof InputError || failure instanceof ChildError) return failure.message;
  throw failure;
}

/** Pings a peer at an interval in milliseconds. @returns ends that */
export function startPings(
  ws: Connection,
  interval: number | undefined,
  terminal: Terminal,
  who = "",
): () => void {
  if (interval === undefined) return () => {};
  const timer = setInterval(() => {
    if (ws.state !== "open") return;
    ws.ping().then(
      (milliseconds) => terminal.tell(`${who}pong after ${milliseconds.toFixed(1)} ms`),
      // A ping fails with its connection, which is told at the end.
      () => {},
    );
  }, interval);
  return () => clearInterval(timer);
}

/** Tells of each Ping and Pong that comes, for `--verbose`. */
export function tellControlFrames(ws: Connection, terminal: Terminal, who = ""): void {
  const tell = (name: string, payload: Buffer): void => {
    const text = payload.length === 0 ? "" : ` ${JSON.stringify(payload.toString("latin1"))}`;
    terminal.tell(`${who}${name} came${text}`);
  };
  ws.onPing((payload) => tell("a Ping", payload));
  ws.onPong((payload) => tell("a Pong", payload));
}
