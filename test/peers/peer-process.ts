/** A peer in another language: a child process that speaks JSON, one object per line. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Program and arguments of a peer. */
export type PeerCommand = readonly [program: string, ...args: string[]];

/** A line of a peer. */
export type PeerLine = Readonly<Record<string, unknown>>;

const running = new Set<ChildProcessWithoutNullStreams>();

// A peer also ends with its input, should this process be killed without any notice.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A running peer. */
export class PeerProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #lines: AsyncIterator<string>;
  #stderr = "";

  constructor([program, ...args]: PeerCommand) {
    // Peers print nothing but ASCII as JSON has it, whatever the locale.
    const env = { ...process.env, PYTHONIOENCODING: "utf-8", PYTHONDONTWRITEBYTECODE: "1" };
    this.#child = spawn(program, args, { env });
    running.add(this.#child);
    this.#ended = new Promise<void>((resolve) => {
      this.#child.on("error", (error) => {
        this.#stderr += `${error.message}\n`;
        resolve();
      });
      this.#child.on("close", () => resolve());
    }).then(() => {
      running.delete(this.#child);
    });
    // That a peer is gone shows in what it does not answer.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Gives the peer a line to read. */
  write(line: PeerLine): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** Its next line; rejects, with what it said on stderr, when it ends without one. */
  async read(): Promise<PeerLine> {
    const next = await this.#lines.next();
    if (next.done) {
      await this.#ended;
      throw new Error(`the peer ${this.#child.spawnargs.join(" ")} ended:\n${this.#stderr}`);
    }
    return JSON.parse(next.value) as PeerLine;
  }

  /** Kills it, whatever it is at. */
  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
