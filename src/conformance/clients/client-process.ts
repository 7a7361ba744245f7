/** A client under test that the suite starts by a command. */
import { type ChildProcess, spawn } from "node:child_process";

/** How long it may take to end after it was told to, in milliseconds. */
const END_WAIT = 3000;

/** One command, and the process that runs it. What it prints goes where the suite's output goes. */
export class ClientProcess {
  readonly #child: ChildProcess;
  /** How the process ended; never rejects. */
  readonly ended: Promise<string>;
  /** Its exit code: `null` after a signal, or when it could not be started; undefined while it runs. */
  exitCode: number | null | undefined;

  /** In the command `{url}` stands for the address, which is in the environment as `CONFORM_URL`, too. */
  constructor(command: string, url: string) {
    this.#child = spawn(command.replaceAll("{url}", url), {
      shell: true,
      detached: process.platform !== "win32",
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, CONFORM_URL: url },
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        this.exitCode ??= null;
        resolve(error.message);
      });
      this.#child.once("exit", (code, signal) => {
        this.exitCode ??= code;
        resolve(`the client ended with ${signal ?? `exit code ${code}`}`);
      });
    });
  }

  /** Whether it ended, and not as it should. */
  get hasFailed(): boolean {
    return this.exitCode !== undefined && this.exitCode !== 0;
  }

  /** Ends it if it still runs. */
  async stop(): Promise<void> {
    if (this.exitCode !== undefined) return;
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), END_WAIT);
    await this.ended;
    clearTimeout(timer);
  }

  #signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, name);
    } catch {
      // It has ended.
    }
  }
}
