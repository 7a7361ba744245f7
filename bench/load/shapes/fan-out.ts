import { randomFillSync } from "node:crypto";
import { waitUntil } from "../clock.ts";
import { type Exchange, makeExchange } from "../frames.ts";
import { Histogram } from "../histogram.ts";
import type { FanOutJob, LoadResult } from "../job.ts";
import { Pool } from "../pool.ts";
import { Rounds } from "../rounds.ts";
import type { Connection, Transport } from "../transport/transport.ts";
import { findDifference, Witness } from "../verify.ts";

const DRAIN_DEADLINE_MS = 15_000;

/**
 * Messages of which each goes to all, its sender too. In a round each sender sends its messages; when
 * all have reached everybody, the next one begins.
 */
export class FanOutLoad {
  readonly #job: FanOutJob;
  readonly #exchange: Exchange;
  readonly #pool: Pool;
  readonly #rounds = new Rounds();
  /** Bytes that come to one connection in a round, and to all. */
  readonly #share: number;
  readonly #whole: number;
  /** Where several send, in any order of theirs: what one connection hears is judged, another each time. */
  readonly #witness: Witness | undefined;
  #witnessing: Connection | undefined;
  /** Of deliveries, where they are timed. */
  readonly #latencies: Histogram | undefined;
  /** When the messages of the present round were sent, in ms. */
  #sentAt = 0;
  /** Bytes of the present round that are still to come. */
  #missing = 0;
  #received = 0;
  #compared = 0;
  #sending = true;

  constructor(job: FanOutJob, transport: Transport) {
    const { senders, depth, copies, message, mirror, connections, dialect = "plain" } = job;
    this.#job = job;
    const partner = { side: "client", mirror, copies, dialect } as const;
    this.#latencies = job.timed ? new Histogram() : undefined;
    this.#exchange = makeExchange(message, partner, depth, randomFillSync);
    this.#share = senders * depth * copies * this.#exchange.replySize;
    this.#whole = this.#share * connections;
    if (senders * depth > this.#exchange.count) throw new Error("too many messages in a round");
    this.#witness = senders > 1 ? new Witness(this.#exchange) : undefined;
    this.#pool = new Pool(transport, job, this.#data.bind(this));
  }

  /** Runs the job. */
  async run(): Promise<LoadResult> {
    try {
      await this.#pool.fill(this.#job.connections);
      this.#begin();
      return await Promise.race([this.#measure(), this.#pool.failure]);
    } finally {
      await this.#pool.empty();
    }
  }

  async #measure(): Promise<LoadResult> {
    const onBegin = () => this.#latencies?.clear();
    const { count, ...elapsed } = await this.#rounds.measure(this.#job, onBegin);
    const latency = this.#latencies?.percentiles();
    this.#sending = false;
    await waitUntil(
      () => this.#missing === 0,
      DRAIN_DEADLINE_MS,
      () => `${this.#missing} bytes have not come`,
    );
    return {
      ...elapsed,
      count: (count * this.#whole) / this.#exchange.replySize,
      bytesPerCount: this.#job.message.size,
      ...(latency === undefined ? {} : { latency }),
      verified: { compared: this.#compared, received: this.#received },
    };
  }

  #data(connection: Connection, chunk: Buffer): void {
    if (this.#witness === undefined) {
      const difference = findDifference(this.#exchange, connection.state.received, chunk);
      if (difference !== undefined) this.#pool.fail(difference);
      this.#compared += chunk.length;
    } else if (connection === this.#witnessing) {
      this.#witness.hear(chunk);
      this.#compared += chunk.length;
    }
    if (this.#latencies !== undefined) this.#time(connection, chunk.length, this.#latencies);
    connection.state.received += chunk.length;
    this.#received += chunk.length;
    this.#missing -= chunk.length;
    if (this.#missing > 0) return;
    if (this.#missing < 0) this.#pool.fail("more came than was sent");
    this.#end();
  }

  /** So many bytes have come: each message that they complete has taken its time. */
  #time({ state }: Connection, length: number, latencies: Histogram): void {
    const { replySize } = this.#exchange;
    const before = Math.floor(state.received / replySize);
    const messages = Math.floor((state.received + length) / replySize) - before;
    const time = (performance.now() - this.#sentAt) * 1000;
    for (let i = 0; i < messages; i++) latencies.add(time);
  }

  #begin(): void {
    const { senders, depth } = this.#job;
    const { request, requestSize, count } = this.#exchange;
    this.#missing = this.#whole;
    const { connections } = this.#pool;
    this.#witnessing = connections[this.#rounds.count % connections.length];
    const first = (this.#rounds.count * senders * depth) % count;
    this.#sentAt = performance.now();
    for (let i = 0; i < senders; i++) {
      const index = (first + i * depth) % count;
      this.#witness?.expect(index, depth);
      const from = index * requestSize;
      connections[i]!.write(request.subarray(from, from + depth * requestSize));
    }
  }

  #end(): void {
    const wanted = (this.#rounds.count + 1) * this.#share;
    for (const { state } of this.#pool.connections) {
      if (state.received !== wanted) this.#pool.fail("somebody got more than others");
    }
    const fault = this.#witness?.judge();
    if (fault !== undefined) this.#pool.fail(fault);
    this.#rounds.complete();
    if (this.#sending) this.#begin();
  }
}
