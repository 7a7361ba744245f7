/**
 * The two ends of `barewire connect` at the user's side: lines in, messages on stdout, all else
 * on stderr. With a terminal at both ends there is a prompt, and what is printed goes above it.
 */

import { once } from "node:events";
import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { escapeControls, hexDump } from "./hex-dump.ts";

/** The user's side of a conversation. */
export class Terminal {
  readonly #isInteractive = process.stdin.isTTY && process.stdout.isTTY;
  readonly #rawBinary: boolean;
  #lines: Interface | undefined;

  /** @param rawBinary write binary messages as they are, not as a hex dump */
  constructor(rawBinary: boolean) {
    this.#rawBinary = rawBinary;
  }

  /** The lines of stdin without their ends, until it ends or {@link close} is called. */
  lines(onInterrupt: () => void): AsyncIterable<string> {
    this.#lines = createInterface({
      input: process.stdin,
      ...(this.#isInteractive ? { output: process.stdout, prompt: "> " } : {}),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    // In raw mode Ctrl-C is a key like others, and no signal.
    this.#lines.on("SIGINT", onInterrupt);
    this.#prompt();
    return this.#lines;
  }

  /** Asks for the next line, where somebody is there to see it. */
  #prompt(): void {
    if (this.#isInteractive) this.#lines?.prompt(true);
  }

  /** Writes a message to stdout; resolves when there is room for more. */
  async print(message: string | Buffer): Promise<void> {
    let output: string | Buffer;
    if (typeof message !== "string") {
      output = this.#rawBinary ? message : `${hexDump(message)}\n`;
    } else {
      output = `${process.stdout.isTTY ? escapeControls(message) : message}\n`;
    }
    this.#clearPrompt();
    if (!process.stdout.write(output)) await once(process.stdout, "drain");
    this.#prompt();
  }

  /** Writes a line to stderr: what happens, as opposed to what was received. */
  tell(text: string): void {
    this.#clearPrompt();
    process.stderr.write(`${escapeControls(text)}\n`);
    this.#prompt();
  }

  #clearPrompt(): void {
    if (!this.#isInteractive || this.#lines === undefined) return;
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  }

  /** Shows the prompt for the next line. */
  ready(): void {
    this.#prompt();
  }

  /** Ends {@link lines}; nothing more is read. */
  close(): void {
    this.#clearPrompt();
    this.#lines?.close();
    this.#lines = undefined;
  }
}
