/** What lines that begin with a slash mean at a terminal. */

import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { ArgumentError, type Connection } from "../../../index.ts";
import { nearestName } from "../../nearest-name.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { connectionDetails } from "../details.ts";
import { FileError, sendFile } from "./send-file.ts";
import type { Outgoing } from "./side.ts";

/** What the commands work on. */
export interface TypedState {
  readonly terminal: Terminal;
  /** Whether lines go as binary messages. */
  binary: boolean;
  /** The user wants to leave. */
  leave(): void;
  /** The user has closed the connection, and wants no other in its place. */
  closing(): void;
}

interface SlashCommand {
  readonly takes: string;
  readonly does: string;
  /** Returns what is to be done in its turn, or undefined when it is done already. */
  run(rest: string, state: TypedState): Outgoing | undefined;
}

type Action = (ws: Connection) => void | Promise<void>;

const COMMANDS: Readonly<Record<string, SlashCommand>> = {
  "/help": command("", "this list", (_, { terminal }) => now(() => terminal.complain(LIST, "dim"))),
  "/ping": command("[TEXT]", "sends a Ping and tells how long its Pong takes", ping),
  "/pong": command("[TEXT]", "sends a Pong", (rest) => (ws) => ws.pong(rest)),
  "/close": command("[CODE [REASON]]", "closes the connection (1000)", close),
  "/quit": command("", "closes the connection and ends", (_, state) => now(() => state.leave())),
  "/text": command("[TEXT]", "sends text, or: lines go as text from now on", (rest, state) =>
    inMode(rest, state, false),
  ),
  "/binary": command(
    "[TEXT]",
    "sends it as a binary message, or: so do lines from now on",
    (rest, state) => inMode(rest, state, true),
  ),
  "/hex": command("BYTES", "sends bytes, such as 00 ff 7e", fromHex),
  "/send": command("FILE", "sends a file as one message, as lines go", send),
  "/json": command("", "indents JSON, or no longer", (_, { terminal }) =>
    now(() => toggleJson(terminal)),
  ),
  "/info": command(
    "",
    "tells about the connection",
    (_, { terminal }) =>
      (ws) =>
        terminal.complain(connectionDetails(ws).join("\n"), "dim"),
  ),
};

function command(takes: string, does: string, run: SlashCommand["run"]): SlashCommand {
  return { takes, does, run };
}

/** Does it at once; nothing is left for its turn. */
function now(action: () => void): undefined {
  action();
}

/** The commands and what they do, one a line. */
export const LIST = [
  ...Object.entries(COMMANDS).map(
    ([name, { takes, does }]) => `${`${name} ${takes}`.padEnd(24)} ${does}`,
  ),
  `${"//…".padEnd(24)} sends a text that begins with a slash`,
].join("\n");

/** A mistake in a line; the message is for who typed it. */
class LineError extends Error {}

/**
 * What a typed line asks for: a message, something to do in its turn, or nothing more. Mistakes are
 * told at the terminal.
 *
 * @param slash whether lines with a slash are commands
 */
export function typedLine(line: string, slash: boolean, state: TypedState): Outgoing | undefined {
  const plain = (text: string): Outgoing => (state.binary ? Buffer.from(text) : text);
  if (!slash || !line.startsWith("/")) return plain(line);
  if (line.startsWith("//")) return plain(line.slice(1));
  const [, name = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (command === undefined) throw new LineError(unknown(name));
    const outgoing = command.run(rest.trimEnd(), state);
    return typeof outgoing === "function" ? guarded(outgoing, state.terminal) : outgoing;
  } catch (error) {
    tellMistake(error, state.terminal);
    return undefined;
  }
}

function unknown(name: string): string {
  const nearest = nearestName(name, Object.keys(COMMANDS));
  const guess = nearest === undefined ? "" : `did you mean ${nearest}? `;
  return `there is no command ${name}; ${guess}/help lists them, and //… sends a text with a slash`;
}

/** What was typed may be wrong in a way that only the connection knows. */
function guarded(action: Action, terminal: Terminal): Action {
  return async (ws) => {
    try {
      await action(ws);
    } catch (error) {
      tellMistake(error, terminal);
    }
  };
}

function tellMistake(error: unknown, terminal: Terminal): void {
  const isMistake =
    error instanceof LineError || error instanceof ArgumentError || error instanceof FileError;
  if (!isMistake) throw error;
  terminal.complain(error.message);
}

function ping(payload: string, { terminal }: TypedState): Action {
  return (ws) => {
    const answered = payload === "" ? ws.ping() : ws.ping(payload);
    answered.then(
      (milliseconds) => terminal.tell(`pong after ${milliseconds.toFixed(1)} ms`),
      // It fails with its connection, whose end is told.
      () => {},
    );
  };
}

function close(rest: string, state: TypedState): Action {
  const [, code = "1000", reason = ""] = /^(\d+)?\s*(.*)$/s.exec(rest) ?? [];
  return (ws) => {
    void ws.close(Number(code), reason);
    state.closing();
  };
}

function toggleJson(terminal: Terminal): void {
  terminal.format.json = !terminal.format.json;
  terminal.tell(`JSON is ${terminal.format.json ? "indented" : "printed as it comes"}`);
}

function inMode(rest: string, state: TypedState, binary: boolean): Outgoing | undefined {
  if (rest !== "") return binary ? Buffer.from(rest) : rest;
  state.binary = binary;
  state.terminal.tell(`lines go as ${binary ? "binary messages" : "text"}`);
  return undefined;
}

function fromHex(rest: string): Buffer {
  const digits = rest.replace(/0x|[\s,:]/gi, "");
  if (digits === "" || digits.length % 2 === 1 || !/^[\da-f]*$/i.test(digits)) {
    throw new LineError("/hex: expected bytes of two hex digits each, such as 00 ff 7e");
  }
  return Buffer.from(digits, "hex");
}

function send(file: string, { binary, terminal }: TypedState): Action {
  if (file === "") throw new LineError("/send: expected the name of a file");
  return async (ws) => {
    const size = await sendFile(ws, file, binary);
    terminal.tell(`sent ${file}, ${size} bytes as ${binary ? "a binary message" : "text"}`);
  };
}

/** Completes commands, and the name of the file of `/send`, for node:readline. */
export function completeLine(line: string): [string[], string] {
  const file = /^\/send\s+(.*)$/s.exec(line)?.[1];
  if (file !== undefined) return [files(file), file];
  if (!line.startsWith("/") || line.includes(" ")) return [[], line];
  return [Object.keys(COMMANDS).filter((name) => name.startsWith(line)), line];
}

function files(beginning: string): string[] {
  const directory = beginning.endsWith("/") ? beginning : dirname(beginning);
  const start = beginning.endsWith("/") ? "" : basename(beginning);
  const shown = beginning.includes("/") ? `${directory}/`.replace(/\/\/$/, "/") : "";
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start))
      .map((entry) => `${shown}${entry.name}${entry.isDirectory() ? "/" : ""}`);
  } catch {
    return [];
  }
}
