import { randomFillSync } from "node:crypto";
import { between, now, sleep } from "./clock.ts";
import { type Exchange, makeExchange } from "./frames.ts";
import type { BroadcastJob, LoadResult } from "./job.ts";
import { Pool } from "./pool.ts";
import type { Connection, Transport } from "./transport.ts";
import { findDifference } from "./verify.ts";

const DRAIN_DEADLINE_MS = 10_000;

/** One connection sends a message and every one gets it, the sender too; then the next message. */
export class BroadcastLoad {
  readonly #job: BroadcastJob;
  readonly #exchange: Exchange;
  readonly #pool: Pool;
  #sent = 0;
  #received = 0;
  #sending = true;

  constructor(job: BroadcastJob, transport: Transport) {
    this.#job = job;
    this.#exchange = makeExchange(job.message, "client", job.mirror, 1, randomFillSync);
    this.#pool = new Pool(transport, job, this.#data.bind(this));
  }

  /** Runs the job. */
  async run(): Promise<LoadResult> {
    try {
      await this.#pool.fill(this.#job.connections);
      this.#sendNext();
      return await Promise.race([this.#measure(), this.#pool.failure]);
    } finally {
      await this.#pool.empty();
    }
  }

  async #measure(): Promise<LoadResult> {
    const { warmUp, duration, pid, message } = this.#job;
    await sleep(warmUp);
    const before = this.#received;
    const start = now(pid);
    await sleep(duration);
    const end = now(pid);
    const bytes = this.#received - before;
    this.#sending = false;
    const deadline = performance.now() + DRAIN_DEADLINE_MS;
    while (this.#received < this.#expected()) {
      if (performance.now() > deadline) throw new Error("a broadcast did not reach all");
      await sleep(5);
    }
    return {
      count: bytes / this.#exchange.replySize,
      ...between(start, end),
      bytesPerCount: message.size,
      verified: { compared: this.#received, received: this.#received },
    };
  }

  #data(connection: Connection, chunk: Buffer): void {
    const difference = findDifference(this.#exchange, connection.state.received, chunk);
    if (difference !== undefined) this.#pool.fail(difference);
    connection.state.received += chunk.length;
    this.#received += chunk.length;
    if (this.#received === this.#expected() && this.#sending) this.#sendNext();
  }

  #expected(): number {
    return this.#sent * this.#exchange.replySize * this.#job.connections;
  }

  #sendNext(): void {
    const { request, requestSize, count } = this.#exchange;
    const from = (this.#sent % count) * requestSize;
    this.#sent += 1;
    this.#pool.connections[0]!.write(request.subarray(from, from + requestSize));
  }
}
