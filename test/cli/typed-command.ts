/** Runs the command line in a pseudo-terminal, as somebody at a keyboard does. */

import { type IPty, spawn } from "@lydell/node-pty";
import { Terminal } from "@xterm/headless";
import { inject } from "vitest";

/** What {@link TypedCommand} has started and not seen end. */
const running = new Set<TypedCommand>();

/** Settings that would change what is seen. */
const PLAIN = { NO_PROXY: "", FORCE_COLOR: undefined, NO_COLOR: "1", BAREWIRE_HISTORY: "" };

/** Milliseconds behind its exit in which what a process wrote before comes through the terminal. */
const LAST_OUTPUT = 500;

/** A process of the command line with a terminal at both ends. */
export class TypedCommand {
  readonly #pty: IPty;
  readonly #screen: Terminal;
  /** All that was written to the terminal, with its escape sequences. */
  output = "";
  /** Resolves with the exit code. */
  readonly exit: Promise<number>;
  #onOutput: () => void = () => {};
  #hasEnded = false;

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
    size = { cols: 80, rows: 24 },
  ) {
    const all = { ...process.env, ...PLAIN, TERM: "xterm-256color", ...env };
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    this.#pty = spawn(process.execPath, [inject("barewireCommand"), ...args], {
      name: "xterm-256color",
      env: Object.fromEntries(given) as Record<string, string>,
      ...size,
    });
    running.add(this);
    this.#screen = new Terminal({ ...size, scrollback: 10_000, allowProposedApi: true });
    this.#pty.onData((text) => {
      this.output += text;
      this.#screen.write(text, () => this.#onOutput());
    });
    this.exit = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        running.delete(this);
        // The screen takes its time over what it was given.
        this.#screen.write("", () => resolve(exitCode));
        // What it wrote last may still be on its way, and there is no event for the end of that.
        setTimeout(() => this.#screen.write("", () => this.#end()), LAST_OUTPUT);
      });
    });
  }

  #end(): void {
    this.#hasEnded = true;
    this.#onOutput();
  }

  /** Types keys: `"\r"` is Enter, `"\x03"` Ctrl-C, `"\x04"` Ctrl-D. */
  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** What is on the screen, and what has been scrolled off it, line by line. */
  get text(): string {
    const { active } = this.#screen.buffer;
    let text = "";
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row)!;
      // A long line goes on in the rows below.
      text += `${line.isWrapped || row === 0 ? "" : "\n"}${line.translateToString(true)}`;
    }
    return text.trimEnd();
  }

  /** The first match in what is or will be seen; rejects when the process ends without one. */
  async seen(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.text.match(pattern);
      if (match !== null) return match;
      if (this.#hasEnded) throw new Error(`ended without ${pattern}:\n${this.text}`);
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    }
  }

  kill(): void {
    // Windows has no signals.
    this.#pty.kill(process.platform === "win32" ? undefined : "SIGKILL");
  }
}

/** Ends what a test has left running, for `afterEach`. */
export async function endTypedCommands(): Promise<void> {
  const left = [...running];
  for (const command of left) command.kill();
  await Promise.all(left.map((command) => command.exit));
}
