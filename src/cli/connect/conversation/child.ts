/** A child process as one end of a conversation: `--exec`. */

import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { errorCode } from "../../command-line.ts";
import type { Split } from "../option-values.ts";
import { pipedInput } from "./input.ts";
import { type Outgoing, type Side, Upcoming } from "./side.ts";

/** The command has failed; the message says how. */
export class ChildError extends Error {
  override readonly name = "ChildError";
}

/** How a child is started and spoken to. */
export interface ChildSettings {
  /** For the shell. */
  readonly command: string;
  /** Environment variables besides those of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly split: Split;
  readonly binary: boolean;
  /** What stands behind each message that the child gets, where messages are not bytes alone. */
  readonly end: "\n" | "\0";
}

/** Milliseconds that a child has to end by itself when its input has ended, and when it was told to. */
const PATIENCE = 2000;
const LOOKED_EVERY = 20;

/** On Windows there are no process groups; a shell there passes on nothing. */
const HAS_GROUPS = process.platform !== "win32";

const running = new Set<Child>();

// Whatever ends this process ends the children.
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** One child process, which is sent what comes, and whose output is sent. */
export class Child implements Side {
  readonly #settings: ChildSettings;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #output: Upcoming<Outgoing>;
  readonly #exit: Promise<string | undefined>;

  constructor(settings: ChildSettings) {
    this.#settings = settings;
    const { command, env, split, binary } = settings;
    this.#process = spawn(command, {
      shell: true,
      stdio: ["pipe", "pipe", "inherit"],
      // The shell and what it starts are ended together.
      detached: HAS_GROUPS,
      env: { ...process.env, ...env },
    });
    running.add(this);
    // A child that reads nothing may end whenever it likes.
    this.#process.stdin.on("error", () => {});
    this.#exit = exitOf(this.#process);
    this.#output = new Upcoming(pipedInput(this.#process.stdout, split, binary));
  }

  /** @throws {ChildError} when the child has ended otherwise than with exit code 0 */
  async next(): Promise<Outgoing | undefined> {
    const outgoing = await this.#output.next();
    if (outgoing !== undefined) return outgoing;
    const failure = await this.#exit;
    if (failure !== undefined) throw new ChildError(failure);
    return undefined;
  }

  taken(): void {
    this.#output.taken();
  }

  async receive(message: string | Buffer): Promise<void> {
    const { stdin } = this.#process;
    if (!stdin.writable) return;
    const { binary, end } = this.#settings;
    const isTaken = stdin.write(message);
    if (binary ? isTaken : stdin.write(end)) return;
    // A child that ends meanwhile takes no more.
    await Promise.race([once(stdin, "drain").catch(() => {}), this.#exit]);
  }

  /** Ends the child's input, and the child, and what it has started, if they do not end by themselves. */
  async end(): Promise<void> {
    this.#process.stdin.end();
    this.#process.stdout.resume();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const deadline = performance.now() + PATIENCE;
      while (this.#isRunning() && performance.now() < deadline) await setTimeout(LOOKED_EVERY);
      if (!this.#isRunning()) break;
      this.kill(signal);
    }
    await this.#exit;
    running.delete(this);
  }

  /** The shell may have ended, and left behind what it has started. */
  #isRunning(): boolean {
    return this.kill(0);
  }

  /**
   * Sends a signal to the child and to what it has started.
   *
   * @returns whether there was somebody to get it
   */
  kill(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#process;
    if (pid === undefined) return false;
    if (!HAS_GROUPS) return this.#process.exitCode === null && this.#process.kill(signal);
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  }
}

/** Resolves when a process has ended: with what went wrong, undefined for nothing. */
async function exitOf(child: ChildProcess): Promise<string | undefined> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (code === 0) return undefined;
    return `the command ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`;
  } catch (error) {
    return `the command cannot be started (${errorCode(error)})`;
  }
}
