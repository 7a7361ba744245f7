import { type Dialect, greet, pathOf } from "./dialect.ts";
import { answerRequest, findResponseFault, KEY_COUNT, makeRequests } from "./handshake.ts";
import type { Connection, Handler, Transport } from "./transport/transport.ts";

/** RFC 9112 §2.1. */
const END_OF_HEAD = "\r\n\r\n";
const OPENING_AT_ONCE = 64;
const FILL_DEADLINE_MS = 20_000;
const CLOSE_DEADLINE_MS = 5000;

/** The server to connect to. */
export interface Target {
  readonly port: number;
  readonly tls: boolean;
  /** True if the server's answer to the handshake is fixed (raw `net`). */
  readonly mirror: boolean;
  /** The ports of several servers, which share the connections. */
  readonly ports?: readonly number[] | undefined;
  /** What the server speaks; by default nothing but the messages. */
  readonly dialect?: Dialect;
  /** What to offer as Sec-WebSocket-Extensions, undefined for nothing. */
  readonly extensions?: string | undefined;
}

/** Connections past their handshake; what then arrives goes to `onData`. */
export class Pool implements Handler {
  readonly connections: Connection[] = [];
  /** The head of the last response. */
  head = "";
  /** Rejects when a connection fails or ends that should not. */
  readonly failure: Promise<never>;
  readonly #transport: Transport;
  readonly #target: Target | undefined;
  readonly #dialect: Dialect;
  readonly #requests: Uint8Array[];
  readonly #onData: (connection: Connection, chunk: Buffer) => void;
  #fail: (error: Error) => void = () => {};
  #wanted = 0;
  #started = 0;
  #closing = false;
  #alive = 0;
  #wake: () => void = () => {};

  /** @param target undefined to accept connections instead of making them */
  constructor(
    transport: Transport,
    target: Target | undefined,
    onData: (connection: Connection, chunk: Buffer) => void,
  ) {
    this.#transport = transport;
    this.#target = target;
    this.#dialect = target?.dialect ?? "plain";
    this.#requests =
      target === undefined
        ? []
        : makeRequests(target.port, pathOf(this.#dialect), target.extensions);
    this.#onData = onData;
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => {}); // Whoever works with the pool races against it.
  }

  /** Ends the work of the pool with an error. */
  fail(reason: string): void {
    this.#fail(new Error(reason));
  }

  /** Makes connections, or waits for them; resolves when all have shaken hands. */
  async fill(count: number): Promise<void> {
    this.#wanted = count;
    const full = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#target !== undefined) {
      for (let i = 0; i < Math.min(OPENING_AT_ONCE, count); i++) this.#connectNext();
    }
    const timer = setTimeout(() => {
      this.fail(`${this.connections.length} of ${count} handshakes done within 20 s`);
    }, FILL_DEADLINE_MS);
    await Promise.race([full, this.failure]).finally(() => clearTimeout(timer));
  }

  /** Drops all connections; resolves when they are gone. */
  async empty(): Promise<void> {
    this.#closing = true;
    const gone = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    for (const connection of this.connections) connection.destroy();
    if (this.#alive === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_DEADLINE_MS);
    });
    await Promise.race([gone, late]);
    clearTimeout(timer);
  }

  open(connection: Connection): void {
    this.#alive += 1;
    if (this.#target === undefined) return;
    if (connection.state.head === undefined) {
      this.#opened(connection);
      return;
    }
    connection.state.key = this.#started % KEY_COUNT;
    connection.write(this.#requests[connection.state.key]!);
  }

  data(connection: Connection, chunk: Buffer): void {
    if (connection.state.head === undefined) this.#onData(connection, chunk);
    else this.#handshake(connection, chunk);
  }

  close(connection: Connection, error: Error | undefined): void {
    this.#alive -= 1;
    if (this.#closing) {
      if (this.#alive <= 0) this.#wake();
      return;
    }
    const when = connection.state.head === undefined ? "" : " during the handshake";
    this.fail(`the other side closed a connection${when}${error ? `: ${error.message}` : ""}`);
  }

  #connectNext(): void {
    if (this.#started === this.#wanted || this.#target === undefined) return;
    const { port, ports = [port], tls } = this.#target;
    this.#transport.connect(ports[this.#started % ports.length]!, tls, this);
    this.#started += 1;
  }

  #handshake(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    state.head += chunk.toString("latin1");
    const [head = "", behind] = (state.head ?? "").split(END_OF_HEAD, 2);
    if (behind === undefined) return;
    if (this.#target === undefined) {
      connection.write(answerRequest(head));
    } else {
      const fault = findResponseFault(head, state.key, this.#target.mirror);
      if (fault !== undefined) this.fail(fault);
      this.head = head;
      if (!this.#greet(connection, behind)) return;
    }
    state.head = undefined;
    this.#opened(connection);
  }

  #opened(connection: Connection): void {
    this.connections.push(connection);
    if (this.connections.length === this.#wanted) this.#wake();
    else this.#connectNext();
  }

  /** @returns whether the server has said all that comes before the first message */
  #greet(connection: Connection, behind: string): boolean {
    const greeting = greet(this.#dialect, behind, connection.state.greeted);
    if (typeof greeting !== "object") return greeting === "complete";
    connection.state.greeted = true;
    connection.write(greeting.answer);
    return false;
  }
}
