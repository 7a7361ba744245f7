/** The program under attack, in a process of its own, as it looks from outside. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LineProcess } from "../../bench/measuring/processes.ts";
import type { Library, VictimSpec } from "./scenario.ts";

const TSX = import.meta.resolve("tsx");
const START_MS = 30_000;
/** A victim may hang for long before it answers: that is what is to be found out. */
const ANSWER_MS = 120_000;

/** What a process says of its memory, in bytes. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** A process that is attacked. */
export class Victim {
  /** Port of a server; 0 for a client. */
  readonly port: number;
  /** Port of a server for TLS; 0 without. */
  readonly tlsPort: number;
  readonly #process: LineProcess;

  private constructor(child: LineProcess, { port, tlsPort }: { port: number; tlsPort: number }) {
    this.#process = child;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  /**
   * Starts the program of `spec`, on any core: V8's own threads must have somewhere to run beside it.
   *
   * @throws Error that says why it did not start
   */
  static async start(spec: VictimSpec, library: Library): Promise<Victim> {
    const file = fileURLToPath(new URL(`victims/${library}-${spec.side}.ts`, import.meta.url));
    const { setup, tls = false, http2 = false } = spec;
    const options = (library === "ws" ? spec.wsOptions : spec.options) ?? {};
    const argument = JSON.stringify({ setup, options, tls, http2 });
    const command = [process.execPath, "--expose-gc", "--import", TSX, file, argument];
    const child = new LineProcess(command, undefined);
    const said = await child.next<{ port: number; tlsPort: number; failed?: string }>(START_MS);
    if (said.failed !== undefined) throw new Error(`it did not start: ${said.failed}`);
    return new Victim(child, said);
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Has the victim do something that its program knows by this name, and returns its answer. */
  async ask<T = unknown>(what: string, argument?: unknown): Promise<T> {
    this.#process.send({ do: what, argument });
    const { answer, failed } = await this.#process.next<{ answer?: T; failed?: string }>(ANSWER_MS);
    if (failed !== undefined) throw new Error(`${what}: ${failed}`);
    return answer as T;
  }

  /** Its memory behind a collection of garbage; see `Site.memory`. */
  async memory(): Promise<Memory> {
    return await this.ask<Memory>("memory");
  }

  /** Resident memory at this moment, in bytes. */
  get resident(): number {
    return this.#status("VmRSS");
  }

  /** The most that was resident since {@link forgetPeak}, in bytes. */
  get peak(): number {
    return this.#status("VmHWM");
  }

  /** From now on {@link peak} is of what comes. */
  forgetPeak(): void {
    // proc(5): "5" resets the peak of the resident set.
    writeFileSync(`/proc/${this.#process.pid}/clear_refs`, "5");
  }

  /** File descriptors that it has open. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.#process.pid}/fd`).length;
  }

  /** Sockets on its port that are in a state of TCP, such as "08", CLOSE_WAIT. */
  socketsIn(state: string): number {
    const port = this.port.toString(16).toUpperCase().padStart(4, "0");
    const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
    return lines.filter((line) => {
      const [, local, , found] = line.trim().split(/\s+/);
      return local?.endsWith(`:${port}`) && found === state;
    }).length;
  }

  /** Stops the process as a debugger or a frozen virtual machine does, until {@link thaw}. */
  freeze(): void {
    process.kill(this.#process.pid, "SIGSTOP");
  }

  thaw(): void {
    process.kill(this.#process.pid, "SIGCONT");
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** A line of /proc/PID/status, in bytes. */
  #status(name: string): number {
    const text = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    const kib = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1];
    if (kib === undefined) throw new Error(`/proc has no ${name}`);
    return Number(kib) * 1024;
  }
}
