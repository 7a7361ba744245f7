/** Engines as processes, which a test can stop, halt and start again. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that listens on a port. */
export class Engine {
  readonly port: number;
  readonly #folder: string;
  readonly #command: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  /** @param folder where it keeps its data, and nobody else does */
  constructor(port: number, folder: string, command: string, ...programArguments: string[]) {
    this.port = port;
    this.#folder = folder;
    this.#command = command;
    this.#arguments = programArguments;
  }

  async start(): Promise<void> {
    const child = spawn(this.#command, this.#arguments, { stdio: "ignore" });
    const failed = new Promise<never>((_, reject) => {
      child.once("error", (error) => {
        reject(new Error(`these tests need ${this.#command} on the PATH: ${error.message}`));
      });
      child.once("exit", (code) => {
        reject(new Error(`${this.#command} has ended with ${code} before it listened`));
      });
    });
    // Of no interest any more once it listens.
    failed.catch(() => {});
    this.#process = child;
    await Promise.race([failed, this.#listening()]);
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** It does nothing any more, while its connections stay. */
  halt(): void {
    this.#process?.kill("SIGSTOP");
  }

  goOn(): void {
    this.#process?.kill("SIGCONT");
  }

  async #listening(): Promise<void> {
    while (this.#process !== undefined && !(await canConnect(this.port))) await sleep(20);
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A port that nobody listens on: any, or this one; rejects where it is taken. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A folder for the data of one engine. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "barewire-broker-"));
}

/** Redis, until {@link Engine.remove}, which keeps on the disk what was published if it is `durable`. */
export async function redisServer(durable: boolean): Promise<Engine> {
  const port = await freePort();
  const kept = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : [];
  const folder = await newFolder();
  const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
  const engine = new Engine(port, folder, "redis-server", ...place, "--save", "", ...kept);
  await engine.start();
  return engine;
}

/** NATS with JetStream, until {@link Engine.remove}. */
export async function natsServer(): Promise<Engine> {
  const port = await freePort();
  const folder = await newFolder();
  const place = ["-a", "127.0.0.1", "-p", `${port}`, "-js", "-sd", folder];
  const engine = new Engine(port, folder, "nats-server", ...place);
  await engine.start();
  return engine;
}
