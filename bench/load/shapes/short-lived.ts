import { randomFillSync } from "node:crypto";
import { measureGrowth, waitUntil } from "../clock.ts";
import { type Exchange, headerSize, makeExchange, writeFrame } from "../frames.ts";
import { findResponseFault, KEY_COUNT, makeRequests } from "../handshake.ts";
import type { LoadResult, ShortLivedJob } from "../job.ts";
import type { Connection, Handler, Transport } from "../transport/transport.ts";
import { findDifference } from "../verify.ts";

const END_DEADLINE_MS = 5000;

/** First byte of a Close: FIN and its opcode. */
const CLOSE = 0x88;
/** Code 1000, as a client sends it (RFC 6455 §5.5.1). */
const NORMAL = Uint8Array.of(0x03, 0xe8);

/**
 * Connections that are opened, used for some messages one after the other, and closed by both sides as
 * RFC 6455 §7 has it: Close, Close, then the server ends TCP. The next begins when one is gone.
 */
export class ShortLivedLoad implements Handler {
  readonly #job: ShortLivedJob;
  readonly #transport: Transport;
  readonly #requests: Uint8Array[];
  readonly #exchange: Exchange;
  readonly #close: Uint8Array;
  readonly #failure: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #running = true;
  #open = 0;
  #started = 0;
  #done = 0;
  #received = 0;

  constructor(job: ShortLivedJob, transport: Transport) {
    this.#job = job;
    this.#transport = transport;
    this.#requests = makeRequests(job.port, "/");
    const partner = { side: "client", mirror: job.mirror } as const;
    this.#exchange = makeExchange(job.message, partner, 1, randomFillSync);
    const mask = new Uint8Array(4);
    randomFillSync(mask);
    this.#close = new Uint8Array(headerSize(NORMAL.length, true) + NORMAL.length);
    writeFrame(this.#close, 0, CLOSE, NORMAL, mask);
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => {});
  }

  /** Runs the job. */
  async run(): Promise<LoadResult> {
    for (let i = 0; i < this.#job.inFlight; i++) this.#connect();
    return await Promise.race([this.#measure(), this.#failure]);
  }

  async #measure(): Promise<LoadResult> {
    const found = await measureGrowth(this.#job, () => this.#done);
    this.#running = false;
    await waitUntil(
      () => this.#open === 0,
      END_DEADLINE_MS,
      () => `${this.#open} connections are still there`,
    );
    return {
      ...found,
      bytesPerCount: this.#job.messages * this.#job.message.size,
      verified: { compared: this.#received, received: this.#received },
    };
  }

  #connect(): void {
    this.#open += 1;
    this.#transport.connect(this.#job.port, this.#job.tls, this);
  }

  open(connection: Connection): void {
    const { state } = connection;
    state.key = this.#started++ % KEY_COUNT;
    if (state.head === undefined) this.#next(connection);
    else connection.write(this.#requests[state.key]!);
  }

  data(connection: Connection, chunk: Buffer): void {
    this.#received += chunk.length;
    const { state } = connection;
    if (state.head === undefined) this.#reply(connection, chunk);
    else this.#handshake(connection, chunk);
  }

  close(connection: Connection, error: Error | undefined): void {
    this.#open -= 1;
    if (!connection.state.closed) {
      const cause = error === undefined ? "" : `: ${error.message}`;
      this.#fail(new Error(`a connection ended before its closing handshake${cause}`));
      return;
    }
    this.#done += 1;
    if (this.#running) this.#connect();
  }

  #handshake(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    const head = state.head + chunk.toString("latin1");
    state.head = head;
    if (!head.endsWith("\r\n\r\n")) return;
    const fault = findResponseFault(head, state.key, this.#job.mirror);
    if (fault !== undefined) this.#fail(new Error(fault));
    state.head = undefined;
    this.#next(connection);
  }

  #reply(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    if (state.closed) return;
    if (state.received === this.#job.messages * this.#exchange.replySize) {
      // §5.5.1: what is in it, if anything, is the server's choice.
      if (chunk[0] !== CLOSE) this.#fail(new Error("expected a Close, got something else"));
      state.closed = true;
      return;
    }
    const difference = findDifference(this.#exchange, state.received, chunk);
    if (difference !== undefined) this.#fail(new Error(difference));
    state.received += chunk.length;
    if (state.received === state.sent * this.#exchange.replySize) this.#next(connection);
  }

  /** Sends the next message, or the Close behind the last. */
  #next(connection: Connection): void {
    const { state } = connection;
    if (state.sent === this.#job.messages) {
      connection.write(this.#close);
      return;
    }
    const { request, requestSize, count } = this.#exchange;
    const from = (state.sent % count) * requestSize;
    state.sent += 1;
    connection.write(request.subarray(from, from + requestSize));
  }
}
