/**
 * Tests clients: a server that speaks Autobahn's control protocol, so that a client written for
 * Autobahn's fuzzing server runs unchanged.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { attemptWithClient } from "./attempt.ts";
import type { Case } from "./case.ts";
import { control } from "./control.ts";
import { type AttemptOptions, caseTimeout, OPEN_WAIT } from "./dialog-run.ts";
import { refusal } from "./opening.ts";
import type { CaseResult } from "./result.ts";
import { excludedFor, numberOf, type Selection, selectSome } from "./selection.ts";
import { type Head, HeadReader } from "./wire/head.ts";

/** What can be chosen for {@link listen}. */
export interface ListenOptions extends Selection {
  /** Port to listen on; 9001 when left out, 0 for any. */
  readonly port?: number;
  /** Address to listen on; `"127.0.0.1"` when left out. */
  readonly host?: string;
  /** Upper limit for one case in milliseconds; 60,000 when left out, 480,000 with `full`. */
  readonly timeout?: number;
  /** See `conform()`. */
  readonly full?: boolean;
  /** Subprotocols that a client may ask for; without them it gets none (RFC 6455 §4.2.2). */
  readonly protocols?: readonly string[];
  /** Certificate and key in PEM, to be reached by `wss:`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Cases left out for some agents: pattern of the agent's name to patterns of cases. */
  readonly excludeByAgent?: Readonly<Record<string, readonly string[]>>;
  /** Called with every result. What it throws ends the run. */
  readonly onResult?: (result: CaseResult) => void;
  /** Called when a client asks for reports; the answer waits for it. What it throws ends the run. */
  readonly onReport?: (results: readonly CaseResult[], agent: string) => void | Promise<void>;
}

/** A running server for clients under test. */
export interface ClientTests {
  readonly port: number;
  /** All results so far; a case that was repeated counts once, with its last result. */
  results(): readonly CaseResult[];
  /** Ends it: no more connections, those that are open are dropped. Returns {@link closed}. */
  close(): Promise<void>;
  /**
   * Resolves when it has ended, by {@link close} or by a client's `/stopServer`. Rejects with what
   * `onResult` or `onReport` threw, where that was the end.
   */
  readonly closed: Promise<void>;
}

/** Begins to listen. Rejects with the error of `node:net` if it cannot. */
export async function listen(options: ListenOptions = {}): Promise<ClientTests> {
  const tests = new Tests(options);
  const server =
    options.tls === undefined
      ? createServer((socket) => tests.accept(socket))
      : createTlsServer({ ...options.tls, ALPNProtocols: ["http/1.1"] }, (socket) =>
          tests.accept(socket),
        );
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 9001, options.host ?? "127.0.0.1", resolve);
  });
  return tests.serve(server);
}

/** Autobahn's commands and the parameters each needs. */
const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["/getCaseCount", []],
  ["/getCaseInfo", ["case"]],
  ["/runCase", ["case", "agent"]],
  ["/getCaseStatus", ["case", "agent"]],
  ["/updateReports", ["agent"]],
  ["/stopServer", []],
]);

/** What the targets of requests are relative to. */
const BASE = "ws://localhost";

function refuse(socket: Socket, fault: string): void {
  socket.end(Buffer.from(refusal(400, fault).head));
}

class Tests {
  readonly #options: ListenOptions;
  readonly #cases: readonly Case[];
  readonly #attempt: AttemptOptions;
  readonly #sockets = new Set<Socket>();
  readonly #results = new Map<string, CaseResult>();
  readonly #waiting = new Map<string, ((result: CaseResult) => void)[]>();
  readonly #returning = new Map<string, Set<() => void>>();
  readonly #running = new Map<string, Set<Promise<void>>>();
  #stop: () => void = () => {};
  #failure: { readonly reason: unknown } | undefined;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#cases = selectSome(options, "client");
    this.#attempt = {
      timeout: options.timeout ?? caseTimeout(options.full),
      scale: { full: options.full ?? false },
      protocols: options.protocols ?? [],
    };
  }

  serve(server: Server): ClientTests {
    const address = server.address();
    const closed = new Promise<void>((resolve) => server.once("close", resolve)).then(() => {
      if (this.#failure !== undefined) throw this.#failure.reason;
    });
    // Whoever only calls close() hears of it then.
    closed.catch(() => {});
    this.#stop = () => {
      server.close();
      for (const socket of this.#sockets) socket.destroy();
    };
    return {
      port: typeof address === "object" && address !== null ? address.port : 0,
      results: () => [...this.#results.values()],
      close: () => {
        this.#stop();
        return closed;
      },
      closed,
    };
  }

  /** Reads the request head, then hands the socket to a case or to a control connection. */
  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const reader = new HeadReader();
    const timer = setTimeout(() => socket.destroy(), OPEN_WAIT);
    const onData = (chunk: Buffer) => {
      const head = reader.feed(chunk);
      if (reader.overflow) socket.destroy();
      if (head === undefined) return;
      clearTimeout(timer);
      socket.removeListener("data", onData);
      // Nothing may be read before the next reader is in its place.
      socket.pause();
      this.#route(socket, head, reader.rest);
      socket.resume();
    };
    socket.on("data", onData);
    socket.once("close", () => clearTimeout(timer));
  }

  #route(socket: Socket, head: Head, rest: Buffer): void {
    const target = head.start.split(" ")[1] ?? "/";
    if (!URL.canParse(target, BASE)) {
      refuse(socket, `expected a path, got ${target}`);
      return;
    }
    const url = new URL(target, BASE);
    const agent = url.searchParams.get("agent") ?? "";
    for (const tell of this.#returning.get(agent) ?? []) tell();
    const testCase = this.#caseOf(url);
    const fault = this.#requestFault(url.pathname, testCase, agent);
    if (fault !== undefined) {
      refuse(socket, fault);
      return;
    }
    if (url.pathname === "/runCase" && !this.#excluded(testCase!, agent)) {
      this.#run(socket, head, rest, testCase!, agent);
      return;
    }
    control(socket, head, rest, () => this.#command(socket, url, testCase, agent)).catch(
      this.#fail,
    );
  }

  /** Without its results or its reports the run is worth nothing. */
  readonly #fail = (reason: unknown): void => {
    this.#failure ??= { reason };
    this.#stop();
  };

  #requestFault(path: string, testCase: Case | undefined, agent: string): string | undefined {
    const needs = COMMANDS.get(path);
    if (needs === undefined)
      return `expected one of ${[...COMMANDS.keys()].join(" ")}, got ${path}`;
    if (needs.includes("case") && testCase === undefined) {
      return `no such case: expected case=1 to case=${this.#cases.length}`;
    }
    return needs.includes("agent") && agent === "" ? "expected agent=NAME" : undefined;
  }

  /** What a control connection does, and the value that is sent for it. */
  async #command(
    socket: Socket,
    url: URL,
    testCase: Case | undefined,
    agent: string,
  ): Promise<unknown> {
    switch (url.pathname) {
      case "/getCaseCount":
        return this.#cases.length;
      case "/getCaseInfo":
        return { id: testCase!.id, description: testCase!.description };
      case "/getCaseStatus":
        return await this.#status(testCase!, agent);
      case "/updateReports":
        await Promise.all(this.#running.get(agent) ?? []);
        await this.#options.onReport?.([...this.#results.values()], agent);
        if (/^(true|yes)$/i.test(url.searchParams.get("shutdownOnComplete") ?? "")) {
          this.#stopBehind(socket);
        }
        return undefined;
      case "/stopServer":
        this.#stopBehind(socket);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Stops when the client that asked for it has its answer, or has not taken it in time. */
  #stopBehind(socket: Socket): void {
    if (socket.destroyed) this.#stop();
    else socket.once("close", () => this.#stop());
  }

  #caseOf(url: URL): Case | undefined {
    const id = url.searchParams.get("casetuple");
    if (id !== null) return this.#cases.find((testCase) => testCase.id === id.trim());
    return this.#cases[Number(url.searchParams.get("case")) - 1];
  }

  #run(socket: Socket, head: Head, rest: Buffer, testCase: Case, agent: string): void {
    const subject = { number: numberOf(testCase), agent };
    const key = `${agent}\n${testCase.id}`;
    // A result of an earlier run must not answer for this one.
    this.#results.delete(key);
    const returns = (wait: number) => this.#returns(agent, wait);
    const options = this.#attempt;
    const run = attemptWithClient(socket, head, rest, testCase, subject, options, returns).then(
      (result) => {
        this.#results.set(key, result);
        this.#options.onResult?.(result);
        for (const tell of this.#waiting.get(key) ?? []) tell(result);
        this.#waiting.delete(key);
        running.delete(run);
      },
    );
    run.catch(this.#fail);
    const running = this.#running.get(agent) ?? new Set();
    this.#running.set(agent, running.add(run));
  }

  /** Whether a client of this name makes a request within so many milliseconds. */
  #returns(agent: string, wait: number): Promise<boolean> {
    const waiting = this.#returning.get(agent) ?? new Set();
    return new Promise((resolve) => {
      const end = (back: boolean) => {
        clearTimeout(timer);
        waiting.delete(tell);
        resolve(back);
      };
      const tell = () => end(true);
      const timer = setTimeout(() => end(false), wait);
      this.#returning.set(agent, waiting.add(tell));
    });
  }

  #excluded({ id }: Case, agent: string): boolean {
    return excludedFor(this.#options.excludeByAgent ?? {}, agent, id);
  }

  /** The verdict on a case; waits for it if the case is still running. */
  #status({ id }: Case, agent: string): Promise<{ behavior: string }> {
    const key = `${agent}\n${id}`;
    const known = this.#results.get(key);
    if (known !== undefined) return Promise.resolve({ behavior: known.behavior });
    return new Promise((resolve) => {
      const tell = ({ behavior }: CaseResult) => resolve({ behavior });
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), tell]);
    });
  }
}
