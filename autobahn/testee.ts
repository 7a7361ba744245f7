/** What a run starts beside the suite: the implementation under test. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { endWithRunner } from "./children.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Milliseconds that a testee server may take to listen. */
const LISTEN_TIMEOUT = 120_000;

/** The side of the connection that the testee plays; the suite plays the other. */
export type Role = "server" | "client";

/** The name of this library, or of what `--testees` puts in its place, in the reports. */
export const OWN_AGENT = "barewire";

/** An implementation in one role. */
export interface Testee {
  /** Its name in the reports. */
  readonly agent: string;
  /**
   * Starts it: a server without arguments, or with `--http2` where it is this library's and speaks
   * HTTP/2, too, which prints its `ws://` URL as its first line; a client with the suite's URL and
   * its agent name, which ends with 0 when every case was run. What it says on stderr goes to the
   * file descriptor `log`.
   */
  start(args: readonly string[], log: number): ChildProcess;
}

/** This library's testee, or the one that `folder` has in files of the same names. */
export function ownTestee(role: Role, folder: string = HERE): Testee {
  return {
    agent: OWN_AGENT,
    start(args, log) {
      const file = join(resolve(folder), `testee-${role}.ts`);
      // fork: it is told by its channel when this process ends, and runs with tsx as this does.
      const child = fork(file, [...args], { stdio: ["ignore", "pipe", log, "ipc"] });
      endWithRunner(child);
      return child;
    },
  };
}

/** The first line that a server prints, its URL. Rejects when it ends or takes too long. */
export async function urlOf(server: ChildProcess): Promise<string> {
  const lines = createInterface({ input: server.stdout! });
  const late = AbortSignal.timeout(LISTEN_TIMEOUT);
  try {
    const line = once(lines, "line", { signal: late }) as Promise<[string]>;
    const ended = once(server, "exit", { signal: late }).then(() => {
      throw new Error("it ended");
    });
    return (await Promise.race([line, ended]))[0];
  } catch (error) {
    throw new Error("the testee server did not print its URL", { cause: error });
  }
}

/** Resolves with the exit code or the signal, as text. */
export async function testeeEnd(testee: ChildProcess): Promise<string> {
  const [code, signal] = await once(testee, "exit");
  return String(signal ?? code);
}
