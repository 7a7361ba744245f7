/**
 * The two ends of a conversation at the user's side: lines in, messages on stdout, all else on
 * stderr. With a terminal at both ends there is a prompt, and what is printed goes above it.
 */

import { once } from "node:events";
import {
  type Completer,
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";
import { maskSecrets } from "../dialing/secrets.ts";
import { painter, type Style } from "./colors.ts";
import { escapeControls } from "./hex-dump.ts";
import { HISTORY_SIZE, History, isKept } from "./history.ts";
import { type MessageFormat, messageText } from "./message-format.ts";

/** What a {@link Terminal} is made of. */
export interface TerminalSettings {
  readonly format: MessageFormat;
  /** Whether what is told on stderr is coloured. */
  readonly colored: boolean;
  /** Tells nothing but failures. */
  readonly quiet: boolean;
  /** File of the history; undefined for none. */
  readonly history: string | undefined;
  /** What must not be told. */
  readonly secrets: readonly string[];
}

/** Whether a person sits at both ends. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** The user's side of a conversation. */
export class Terminal {
  readonly #settings: TerminalSettings;
  readonly #isInteractive = isInteractive();
  #lines: Interface | undefined;
  #hasPrompt = false;
  #secrets: readonly string[];

  constructor(settings: TerminalSettings) {
    this.#settings = settings;
    this.#secrets = settings.secrets;
  }

  /** From now on this is not told either. */
  hide(secrets: readonly string[]): void {
    this.#secrets = [...this.#secrets, ...secrets];
  }

  /** How messages are printed; it can be changed between two of them. */
  get format(): MessageFormat {
    return this.#settings.format;
  }

  /**
   * The lines that are typed, without their ends, until Ctrl-D or {@link close}. There is a prompt
   * from the first {@link ready} on.
   */
  lines(onInterrupt: () => void, completer: Completer): AsyncIterable<string> {
    const { paint } = this.#settings.format;
    const history = new History(this.#settings.history);
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      prompt: `${paint("green", ">")} `,
      history: history.entries,
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      completer,
    });
    // In raw mode Ctrl-C is a key like others, and no signal.
    lines.on("SIGINT", onInterrupt);
    lines.on("SIGCONT", () => this.ready());
    lines.on("line", (line) => {
      // Enter has left the prompt behind.
      this.#hasPrompt = false;
      history.add(line);
    });
    lines.on("history", (entries: string[]) => {
      if (entries[0] !== undefined && !isKept(entries[0])) entries.shift();
    });
    this.#lines = lines;
    return lines;
  }

  /** Shows the prompt for the next line, where there are lines. */
  ready(): void {
    if (this.#lines === undefined) return;
    this.#hasPrompt = true;
    this.#lines.prompt(true);
  }

  /**
   * Writes a message that came to stdout; resolves when there is room for more.
   *
   * @param who for one of several peers: which
   */
  async print(message: string | Buffer, who?: string): Promise<void> {
    await this.#write(messageText(message, this.format, "<", who));
  }

  /** Shows a message that was sent without being typed, where messages have marks. */
  async printSent(message: string | Buffer): Promise<void> {
    if (this.format.mark) await this.#write(messageText(message, this.format, ">"));
  }

  async #write(pieces: Iterable<string | Buffer>): Promise<void> {
    const hadPrompt = this.#clearPrompt();
    for (const piece of pieces) {
      if (!process.stdout.write(piece)) await once(process.stdout, "drain");
    }
    if (hadPrompt) this.ready();
  }

  /** Writes a line to stderr: what happens, as opposed to what was received. */
  tell(text: string, style: Style = "dim"): void {
    if (!this.#settings.quiet) this.complain(text, style);
  }

  /** Writes to stderr what must be known in any case. */
  complain(text: string, style: Style = "red"): void {
    const hadPrompt = this.#clearPrompt();
    const safe = escapeControls(maskSecrets(text, this.#secrets));
    process.stderr.write(`${painter(this.#settings.colored)(style, safe)}\n`);
    if (hadPrompt) this.ready();
  }

  /** Takes the prompt and what has been typed behind it from the screen. @returns whether there was one */
  #clearPrompt(): boolean {
    if (!this.#hasPrompt || this.#lines === undefined) return false;
    // What is typed may have grown to several rows.
    const { rows } = this.#lines.getCursorPos();
    moveCursor(process.stdout, 0, -rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    this.#hasPrompt = false;
    return true;
  }

  /** Ends {@link lines}; nothing more is read. */
  close(): void {
    this.#clearPrompt();
    this.#lines?.close();
    this.#lines = undefined;
  }

  /** Whether a person sits at both ends. */
  get isInteractive(): boolean {
    return this.#isInteractive;
  }
}
