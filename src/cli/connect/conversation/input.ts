/** What is to be sent: what is typed, what comes through a pipe, or nothing. */

import type { Readable } from "node:stream";
import { chunks, decodeText, InputError, split } from "../../terminal/input-split.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { Leaving } from "../leaving.ts";
import type { Split } from "../option-values.ts";
import type { ConnectOptions } from "../options.ts";
import type { Outgoing } from "./side.ts";
import { completeLine, type TypedState, typedLine } from "./slash-commands.ts";

/** What is sent first on each connection, shown as if it had been typed. */
export function firstMessages(
  { send, binary }: Pick<ConnectOptions, "send" | "binary">,
  terminal: Terminal,
): Outgoing[] {
  return send.map((text) => async (ws) => {
    const message = binary ? Buffer.from(text) : text;
    await ws.send(message);
    await terminal.printSent(message);
  });
}

/** What is sent then: what is typed, what comes through the pipe, or nothing. */
export function inputOf(
  { readsInput, split, binary, slash }: ConnectOptions,
  terminal: Terminal,
  leaving: Leaving,
): AsyncIterable<Outgoing> {
  if (!readsInput) return nothing();
  if (!terminal.isInteractive) return pipedInput(process.stdin, split, binary);
  const state = { terminal, binary, leave: leaving.interrupt, closing: () => leaving.follow() };
  return typedInput(state, slash, leaving.interrupt);
}

async function* nothing(): AsyncGenerator<Outgoing, void, void> {}

/** What is typed at a terminal, line by line. */
async function* typedInput(
  state: TypedState,
  slash: boolean,
  onInterrupt: () => void,
): AsyncGenerator<Outgoing, void, void> {
  const { terminal } = state;
  const lines = terminal.lines(onInterrupt, (line) => (slash ? completeLine(line) : [[], line]));
  terminal.tell(slash ? "Ctrl-D closes it, /help lists what else can be done" : "Ctrl-D closes it");
  terminal.ready();
  for await (const line of lines) {
    const outgoing = typedLine(line, slash, state);
    if (outgoing !== undefined) yield outgoing;
    // When it has been sent: its failure is told above the prompt.
    terminal.ready();
  }
}

/** Bytes that a piece of the input may have, unless something says else: as much as may come back. */
const LONGEST_PIECE = 64 * 2 ** 20;

/**
 * A stream cut into messages.
 *
 * @param binary whether they go as binary messages
 * @throws {InputError} when a piece is too long, or is to be text and is none
 */
export async function* pipedInput(
  stream: Readable,
  how: Split,
  binary: boolean,
): AsyncGenerator<string | Buffer, void, void> {
  const pieces =
    "separator" in how ? split(stream, how.separator, LONGEST_PIECE) : chunks(stream, how.longest);
  let count = 0;
  for await (const piece of pieces) {
    count += 1;
    if (binary) {
      yield piece;
      continue;
    }
    const text = decodeText(piece);
    if (text === undefined) {
      throw new InputError(`message ${count} of the input is not UTF-8; expected --binary with it`);
    }
    yield text;
  }
}
