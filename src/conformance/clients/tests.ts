/** Autobahn's control protocol: what a client asks for, and the cases that it runs. */
import type { Socket } from "node:net";
import type { Case } from "../case.ts";
import type { Returns } from "../drive/endurance.ts";
import { OPEN_WAIT } from "../drive/open.ts";
import type { Sighting } from "../drive/sighting.ts";
import { refusal } from "../opening/client-answer.ts";
import { type CaseResult, resultOf } from "../result.ts";
import { excludedFor, numberOf } from "../selection.ts";
import { type Head, HeadReader } from "../wire/head.ts";
import { attemptClient, type ClientAttemptOptions, type Visit } from "./attempt.ts";
import { Books } from "./books.ts";
import type { ClientProcess } from "./client-process.ts";
import { control } from "./control.ts";

/** What the tests of clients need to know, and whom they tell. */
export interface TestsOptions extends ClientAttemptOptions {
  readonly cases: readonly Case[];
  readonly excludeByAgent: Readonly<Record<string, readonly string[]>>;
  /** They end after a client has asked for its reports. */
  readonly once: boolean;
  readonly onResult?: ((result: CaseResult) => void) | undefined;
  readonly onReport?:
    | ((results: readonly CaseResult[], agent: string) => void | Promise<void>)
    | undefined;
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

/**
 * Longest wait for a sign of life of a client that was started, in milliseconds: when it has asked for all cases,
 * and while it has not.
 */
const SIGN_WAIT = 2000;
const HANG_WAIT = 30_000;

function refuse(socket: Socket, fault: string): void {
  socket.end(Buffer.from(refusal(400, fault).head));
}

/** The tests of all clients that come. */
export class Tests {
  readonly books = new Books();
  readonly #options: TestsOptions;
  readonly #sockets = new Set<Socket>();
  /** The client that the suite has started. */
  client: ClientProcess | undefined;
  #stop: () => void = () => {};
  #isOver = false;
  /** Why they ended, where that was a failure. */
  failure: { readonly reason: unknown } | undefined;

  constructor(options: TestsOptions) {
    this.#options = options;
  }

  /** What is done to end them. */
  onStop(stop: () => void): void {
    this.#stop = () => {
      this.#isOver = true;
      stop();
      for (const socket of this.#sockets) socket.destroy();
      this.books.giveUp();
    };
  }

  /** Ends them: connections that are open are dropped. */
  stop(): void {
    this.#stop();
  }

  /** What stands for the cases that clients have not asked for. */
  notAsked(): CaseResult[] {
    return this.books.notAsked((agent) =>
      this.#options.cases.filter((testCase) => !this.#excluded(testCase, agent)),
    );
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
    this.books.seen(agent);
    const testCase = this.#caseOf(url);
    const fault = this.#requestFault(url.pathname, testCase, agent);
    if (fault !== undefined) {
      refuse(socket, fault);
      return;
    }
    if (url.pathname === "/runCase" && !this.#excluded(testCase!, agent)) {
      this.#run({ socket, request: head, rest }, testCase!, agent);
      return;
    }
    control(socket, head, rest, () => this.#command(socket, url, testCase, agent)).catch(
      this.#fail,
    );
  }

  /** Without its results or its reports the run is worth nothing. */
  readonly #fail = (reason: unknown): void => {
    this.failure ??= { reason };
    this.#stop();
  };

  #requestFault(path: string, testCase: Case | undefined, agent: string): string | undefined {
    const needs = COMMANDS.get(path);
    if (needs === undefined)
      return `expected one of ${[...COMMANDS.keys()].join(" ")}, got ${path}`;
    if (needs.includes("case") && testCase === undefined) {
      return `no such case: expected case=1 to case=${this.#options.cases.length}`;
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
        return this.#options.cases.length;
      case "/getCaseInfo":
        return { id: testCase!.id, description: testCase!.description };
      case "/getCaseStatus":
        return { behavior: (await this.books.status(agent, testCase!)).behavior };
      case "/updateReports":
        await this.#report(agent);
        if (this.#options.once || isTrue(url, "shutdownOnComplete")) this.#stopBehind(socket);
        return undefined;
      case "/stopServer":
        this.#stopBehind(socket);
        return undefined;
      default:
        return undefined;
    }
  }

  async #report(agent: string): Promise<void> {
    await this.books.idle(agent);
    await this.#options.onReport?.(this.books.results(), agent);
  }

  /** Stops when the client that asked for it has its answer, or has not taken it in time. */
  #stopBehind(socket: Socket): void {
    if (socket.destroyed) this.#stop();
    else socket.once("close", () => this.#stop());
  }

  #caseOf(url: URL): Case | undefined {
    const { cases } = this.#options;
    const id = url.searchParams.get("casetuple");
    if (id !== null) return cases.find((testCase) => testCase.id === id.trim());
    return cases[Number(url.searchParams.get("case")) - 1];
  }

  #run(visit: Visit, testCase: Case, agent: string): void {
    const run = this.#played(visit, testCase, agent).then((result) => {
      this.books.end(result);
      this.#options.onResult?.(result);
    });
    this.books.begin(agent, testCase, run);
    run.catch(this.#fail);
  }

  async #played(visit: Visit, testCase: Case, agent: string): Promise<CaseResult> {
    // The client may be back before the judge is done with the case.
    const requests = this.books.requests(agent);
    const returns = (wait: number) => this.books.returns(agent, requests, wait);
    const sighting = await attemptClient(visit, testCase, this.#options, returns);
    const subject = { number: numberOf(testCase), agent };
    return resultOf(testCase, subject, await this.#lookedAfter(agent, sighting, returns));
  }

  /** Whether a client that the suite has started outlived a case, however cleanly its connection ended. */
  async #lookedAfter(agent: string, sighting: Sighting, returns: Returns): Promise<Sighting> {
    const { client } = this;
    const { seen } = sighting;
    if (client === undefined || seen.life === "lives") return sighting;
    const isLong = seen.life === undefined && this.#hasMore(agent);
    const wait = isLong ? Math.min(HANG_WAIT, this.#options.timeout) : SIGN_WAIT;
    // Who came back has outlived this case, whatever became of it in the next.
    const isBack = await Promise.race([client.ended.then(() => false), returns(wait)]);
    if (isBack || client.exitCode === 0) return sighting;
    if (client.hasFailed) {
      return { ...sighting, seen: { ...seen, life: "gone", processEnd: await client.ended } };
    }
    if (!isLong || this.#isOver) return sighting;
    this.#stop();
    return { ...sighting, seen: { ...seen, life: "hangs" } };
  }

  /** Whether there are cases that a client has not asked for. */
  #hasMore(agent: string): boolean {
    return this.#options.cases.some(
      (testCase) => !this.#excluded(testCase, agent) && !this.books.hasAsked(agent, testCase),
    );
  }

  #excluded({ id }: Case, agent: string): boolean {
    return excludedFor(this.#options.excludeByAgent, agent, id);
  }
}

const isTrue = (url: URL, name: string) => /^(true|yes)$/i.test(url.searchParams.get(name) ?? "");
