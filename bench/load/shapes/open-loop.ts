import { randomFillSync } from "node:crypto";
import { Stopwatch, sleep, waitUntil } from "../clock.ts";
import { type Exchange, makeExchange } from "../frames.ts";
import { Histogram } from "../histogram.ts";
import type { LoadResult, OpenLoopJob } from "../job.ts";
import { Pool } from "../pool.ts";
import type { Connection, Transport } from "../transport/transport.ts";
import { findDifference } from "../verify.ts";

const DRAIN_DEADLINE_MS = 15_000;

/** So many messages on a connection in one write at most, when the load lags behind. */
const MOST_AT_ONCE = 64;

/**
 * Messages sent by the clock. The k-th is due k / rate after the beginning, on the next connection in
 * turn, whether the ones before it have come back or not; its latency is counted from when it was due,
 * so the time is in it for which it had to wait, here or there.
 */
export class OpenLoopLoad {
  readonly #job: OpenLoopJob;
  readonly #exchange: Exchange;
  readonly #pool: Pool;
  readonly #numbers = new Map<Connection, number>();
  readonly #latencies = new Histogram();
  readonly #late = new Histogram();
  /** When the first message was due, in ms of `performance.now()`. */
  #begin = 0;
  /** Messages that are due at that time or later count. */
  #countFrom = Number.POSITIVE_INFINITY;
  #countTo = Number.POSITIVE_INFINITY;
  #counted = 0;
  #received = 0;
  #sending = true;

  constructor(job: OpenLoopJob, transport: Transport) {
    this.#job = job;
    const partner = { side: "client", mirror: job.mirror } as const;
    this.#exchange = makeExchange(job.message, partner, MOST_AT_ONCE, randomFillSync);
    this.#pool = new Pool(transport, job, this.#data.bind(this));
  }

  /** Runs the job. */
  async run(): Promise<LoadResult> {
    try {
      await this.#pool.fill(this.#job.connections);
      for (const [i, connection] of this.#pool.connections.entries()) {
        this.#numbers.set(connection, i);
      }
      this.#begin = performance.now();
      this.#turn();
      return await Promise.race([this.#measure(), this.#pool.failure]);
    } finally {
      this.#sending = false;
      await this.#pool.empty();
    }
  }

  async #measure(): Promise<LoadResult> {
    const { warmUp, duration, pids, message } = this.#job;
    await sleep(warmUp);
    this.#late.clear();
    this.#countFrom = performance.now();
    const watch = new Stopwatch(pids);
    await sleep(duration);
    this.#countTo = performance.now();
    const elapsed = watch.read();
    const count = this.#counted;
    const late = this.#late.percentiles();
    this.#sending = false;
    const { replySize } = this.#exchange;
    await waitUntil(
      () => this.#pool.connections.every(({ state }) => state.received === state.sent * replySize),
      DRAIN_DEADLINE_MS,
      () => "not all that was sent came back",
    );
    return {
      ...elapsed,
      count,
      bytesPerCount: message.size,
      latency: this.#latencies.percentiles()!,
      late: late!,
      verified: { compared: this.#received, received: this.#received },
    };
  }

  /** Sends what is due, again and again: a timer would be too coarse. */
  #turn(): void {
    if (!this.#sending) return;
    const { connections } = this.#pool;
    const now = performance.now();
    const due = Math.floor(((now - this.#begin) / 1000) * this.#job.rate);
    for (const [i, connection] of connections.entries()) {
      const wanted = Math.ceil((due - i) / connections.length) - connection.state.sent;
      if (wanted > 0) this.#send(connection, i, Math.min(wanted, MOST_AT_ONCE), now);
    }
    setImmediate(() => this.#turn());
  }

  #send(connection: Connection, number: number, messages: number, now: number): void {
    const { request, requestSize, count } = this.#exchange;
    const { state } = connection;
    const from = (state.sent % count) * requestSize;
    for (let i = 0; i < messages; i++) {
      this.#late.add((now - this.#dueAt(number, state.sent + i)) * 1000);
    }
    state.sent += messages;
    connection.write(request.subarray(from, from + messages * requestSize));
  }

  /** When the `index`-th message of a connection was due, in ms. */
  #dueAt(number: number, index: number): number {
    const overall = number + index * this.#pool.connections.length;
    return this.#begin + (overall / this.#job.rate) * 1000;
  }

  #data(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    const { replySize } = this.#exchange;
    const difference = findDifference(this.#exchange, state.received, chunk);
    if (difference !== undefined) this.#pool.fail(difference);
    const before = Math.floor(state.received / replySize);
    state.received += chunk.length;
    this.#received += chunk.length;
    const after = Math.floor(state.received / replySize);
    if (after > state.sent) this.#pool.fail("more came back than was sent");
    const number = this.#numbers.get(connection)!;
    const now = performance.now();
    if (now >= this.#countFrom && now < this.#countTo) this.#counted += after - before;
    for (let i = before; i < after; i++) {
      const due = this.#dueAt(number, i);
      if (due >= this.#countFrom && due < this.#countTo) this.#latencies.add((now - due) * 1000);
    }
  }
}
