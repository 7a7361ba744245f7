/** Runs the command line as a user does: another process, its output, its exit code. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { inject } from "vitest";

/** The processes that {@link endCommands} has to care for. */
const running = new Set<Command>();

/** A process of the command line. */
export class Command {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves with the exit code when the process has ended and its output was read. */
  readonly exit: Promise<number | null>;
  stdout = "";
  stderr = "";
  #onOutput: () => void = () => {};

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [inject("barewireCommand"), ...args], {
      env: { ...process.env, NO_PROXY: "", ...env },
    });
    this.child.stdout.setEncoding("latin1").on("data", (text: string) => {
      this.stdout += text;
      this.#onOutput();
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#onOutput();
    });
    // A process that ends before it has read its input is no failure of the test.
    this.child.stdin.on("error", () => {});
    this.exit = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code) => {
        running.delete(this);
        resolve(code);
        this.#onOutput();
      });
    });
    running.add(this);
  }

  /** The first match in what was or will be printed; rejects when the process ends without one. */
  async output(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpMatchArray> {
    let hasEnded = false;
    void this.exit.then(() => {
      hasEnded = true;
    });
    for (;;) {
      const match = this[stream].match(pattern);
      if (match !== null) return match;
      if (hasEnded) throw new Error(`ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
        void this.exit.then(() => resolve());
      });
    }
  }
}

/** Starts the command line with these arguments. */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  return new Command(args, env);
}

/** Starts the command line, gives it this input, and waits for its end. */
export async function runCommand(
  args: readonly string[],
  input: string | Buffer = "",
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const command = startCommand(args, env);
  command.child.stdin.end(input);
  const code = await command.exit;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** Ends what a test has left running, for `afterEach`. */
export async function endCommands(): Promise<void> {
  const left = [...running];
  for (const command of left) command.child.kill("SIGKILL");
  await Promise.all(left.map((command) => command.exit));
}
