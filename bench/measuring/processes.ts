import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Processes that speak in lines of JSON, each kept on processor cores of its own. */

/** What may be added to a command: cores, and as many files as the system allows. */
function wrap(command: readonly string[], cores: readonly number[] | undefined): readonly string[] {
  if (process.platform === "win32") return command;
  const raise = 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"';
  const raised = ["sh", "-c", raise, "sh", ...command];
  return cores === undefined ? raised : ["taskset", "-c", cores.join(","), ...raised];
}

const STOP_DEADLINE_MS = 5000;

/** A child process that reads and writes lines of JSON. */
export class LineProcess {
  readonly #child: ChildProcess;
  readonly #lines: unknown[] = [];
  #errors = "";
  #ended: string | undefined;
  #wake: () => void = () => {};

  /** @param cores the cores to keep the process on, undefined for any */
  constructor(command: readonly string[], cores: readonly number[] | undefined) {
    const [program, ...args] = wrap(command, cores);
    this.#child = spawn(program!, args, {
      stdio: ["pipe", "pipe", "pipe"],
      // No news from their makers, please: nothing here talks to the network.
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", NODE_ENV: "production" },
    });
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on("error", () => {}); // It ended; `exit` says so.
    stderr?.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-2000);
    });
    createInterface({ input: stdout! }).on("line", (line) => this.#receive(line));
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("close", (code, signal) => this.#end(`it ended with ${signal ?? code}`));
  }

  /** Process id, the same for the wrapping commands: each replaces itself by the next. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Writes a line. */
  send(line: object): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  /**
   * The next line.
   *
   * @throws Error when the process ends or is silent for so many ms
   */
  async next<T>(deadline: number): Promise<T> {
    const end = performance.now() + deadline;
    while (this.#lines.length === 0) {
      if (this.#ended !== undefined) throw new Error(this.#ended);
      const left = end - performance.now();
      if (left <= 0) throw new Error(`no answer within ${deadline / 1000} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#lines.shift() as T;
  }

  /** Ends the process's input, upon which it ends, or is made to after a while. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_DEADLINE_MS);
    await gone;
    clearTimeout(timer);
  }

  #receive(line: string): void {
    try {
      this.#lines.push(JSON.parse(line));
    } catch {
      this.#errors = `${this.#errors}${line}\n`.slice(-2000); // Not for us; may explain an end.
    }
    this.#wake();
  }

  #end(reason: string): void {
    const last = this.#errors.split("\n").find((line) => /error/i.test(line)) ?? "";
    this.#ended ??= last === "" ? reason : `${reason}: ${last.trim()}`;
    this.#wake();
  }
}
