/** A testee that the suite starts by a command, ends, and starts again after a crash. */
import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import type { Testee } from "../testee.ts";
import { Unreachable } from "./knock.ts";
import { processTree } from "./process-tree.ts";

/** How long a testee may take to listen, and to end, in milliseconds. */
const START_WAIT = 60_000;
const END_WAIT = 3000;
/** The last of what it printed, in characters, for the message that it does not start. */
const SHOWN = 2000;

/** One command, and the process that runs it. */
export class TesteeProcess {
  readonly #command: string;
  readonly #testee: Testee;
  #child: ChildProcess | undefined;
  #printed = "";
  #ended: string | undefined;

  constructor(command: string, testee: Testee) {
    this.#command = command;
    this.#testee = testee;
  }

  /** The process that runs the command; its children are the testee's as well. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How the process ended, `undefined` while it runs. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Starts it, and resolves when its port can be connected to. Rejects {@link Unreachable}. */
  async start(): Promise<void> {
    if (await this.#accepts()) {
      const { hostname, port } = this.#testee;
      throw new Unreachable(
        `something listens at ${hostname} port ${port} already: --start cannot`,
      );
    }
    this.#ended = undefined;
    this.#printed = "";
    const child = spawn(this.#command, {
      shell: true,
      // A group of its own, so that a shell and what it started end together.
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const keep = (text: Buffer) => {
      this.#printed = (this.#printed + text.toString()).slice(-SHOWN);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      this.#ended ??= error.message;
    });
    child.on("exit", (code, signal) => {
      this.#ended ??= `the process ended with ${signal ?? `exit code ${code}`}`;
    });
    await this.#listening();
  }

  /** Ends it and all its children; resolves when its port is free again. */
  async stop(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    const tree = await processTree(pid);
    signal(pid, tree, "SIGTERM");
    const deadline = performance.now() + END_WAIT;
    while (performance.now() < deadline && (await this.#runs(tree))) await pause(50);
    signal(pid, tree, "SIGKILL");
    while (performance.now() < deadline + END_WAIT && (await this.#accepts())) await pause(50);
    this.#child = undefined;
  }

  /** Whether the process, or one of these, is still there. */
  async #runs(tree: readonly number[]): Promise<boolean> {
    if (this.#ended === undefined) return true;
    for (const pid of tree) if ((await processTree(pid)).length > 0) return true;
    return false;
  }

  async #listening(): Promise<void> {
    const deadline = performance.now() + START_WAIT;
    while (!(await this.#accepts())) {
      const late = performance.now() > deadline;
      if (!late && this.#ended === undefined) {
        await pause(50);
        continue;
      }
      const { hostname, port } = this.#testee;
      const why = this.#ended ?? `nothing listens after ${START_WAIT / 1000} s`;
      await this.stop();
      const printed = this.#printed === "" ? "" : `:\n${this.#printed.trimEnd()}`;
      throw new Unreachable(
        `--start ${JSON.stringify(this.#command)}: ${hostname} port ${port}: ${why}${printed}`,
      );
    }
  }

  #accepts(): Promise<boolean> {
    const { hostname: host, port } = this.#testee;
    return new Promise((resolve) => {
      const socket = connect({ host, port });
      const end = (accepted: boolean) => {
        socket.destroy();
        resolve(accepted);
      };
      socket.setTimeout(1000, () => end(false));
      socket.once("connect", () => end(true));
      socket.once("error", () => end(false));
    });
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Signals the group of a process, and what has left the group. */
function signal(group: number, tree: readonly number[], name: NodeJS.Signals): void {
  const targets = process.platform === "win32" ? tree : [-group, ...tree];
  for (const target of targets) {
    try {
      process.kill(target, name);
    } catch {
      // It has ended.
    }
  }
}
