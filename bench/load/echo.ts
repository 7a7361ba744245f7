import { randomFillSync } from "node:crypto";
import { between, now, sleep } from "./clock.ts";
import { type Exchange, makeExchange } from "./frames.ts";
import type { EchoJob, LoadResult } from "./job.ts";
import { Pool } from "./pool.ts";
import type { Connection, Transport } from "./transport.ts";
import { findDifference } from "./verify.ts";

const DRAIN_DEADLINE_MS = 15_000;
const MAX_LATENCIES = 1 << 20;

/** Messages that come back, `depth` of them under way on each connection. */
export class EchoLoad {
  readonly #job: EchoJob;
  readonly #exchange: Exchange;
  readonly #pool: Pool;
  readonly #transport: Transport;
  // Every n-th chunk is compared with what it must be; all lengths are.
  readonly #sampleEvery: number;
  readonly #latencies: Float64Array | undefined;
  #latencyCount = 0;
  #chunks = 0;
  #received = 0;
  #compared = 0;
  #sending = true;

  constructor(job: EchoJob, transport: Transport) {
    const { message, depth, listen, mirror } = job;
    this.#job = job;
    this.#transport = transport;
    const side = listen ? "server" : "client";
    this.#exchange = makeExchange(message, side, mirror, depth, randomFillSync);
    if (this.#exchange.replyMasked && message.size > 32_768) {
      throw new Error("masked replies of more than 32 KiB cannot be verified");
    }
    this.#sampleEvery = this.#exchange.replyMasked ? 64 : message.size <= 1024 ? 1 : 16;
    this.#latencies = depth === 1 ? new Float64Array(MAX_LATENCIES) : undefined;
    this.#pool = new Pool(transport, listen ? undefined : job, this.#data.bind(this));
  }

  /** Runs the job; `onListening` gets the port where we play the server. */
  async run(onListening: (port: number) => void): Promise<LoadResult> {
    const listener = this.#job.listen ? await this.#transport.listen(this.#pool) : undefined;
    try {
      if (listener !== undefined) onListening(listener.port);
      await this.#pool.fill(this.#job.connections);
      for (const connection of this.#pool.connections) this.#send(connection, this.#job.depth);
      return await Promise.race([this.#measure(), this.#pool.failure]);
    } finally {
      this.#sending = false;
      await this.#pool.empty();
      listener?.close();
    }
  }

  async #measure(): Promise<LoadResult> {
    const { warmUp, duration, pid, message } = this.#job;
    await sleep(warmUp);
    this.#latencyCount = 0;
    const before = this.#received;
    const start = now(pid);
    await sleep(duration);
    const end = now(pid);
    const bytes = this.#received - before;
    this.#sending = false;
    const latency = this.#summarizeLatency();
    await this.#drain();
    return {
      count: bytes / this.#exchange.replySize,
      ...between(start, end),
      bytesPerCount: message.size,
      ...(latency === undefined ? {} : { latency }),
      verified: { compared: this.#compared, received: this.#received },
    };
  }

  #data(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    const exchange = this.#exchange;
    const position = state.received;
    state.received += chunk.length;
    this.#received += chunk.length;
    this.#chunks += 1;
    if (this.#chunks % this.#sampleEvery === 0) {
      const difference = findDifference(exchange, position, chunk);
      if (difference !== undefined) this.#pool.fail(difference);
      this.#compared += chunk.length;
    }
    const complete = Math.floor(state.received / exchange.replySize);
    if (complete > state.sent) this.#pool.fail("more came back than was sent");
    const room = complete + this.#job.depth - state.sent;
    if (room === 0) return;
    const latencies = this.#latencies;
    if (latencies !== undefined) {
      latencies[this.#latencyCount % MAX_LATENCIES] = performance.now() - state.sentAt;
      this.#latencyCount += 1;
    }
    if (this.#sending) this.#send(connection, room);
  }

  #send(connection: Connection, messages: number): void {
    const { request, requestSize, count } = this.#exchange;
    const { state } = connection;
    const from = (state.sent % count) * requestSize;
    state.sent += messages;
    if (this.#latencies !== undefined) state.sentAt = performance.now();
    connection.write(request.subarray(from, from + messages * requestSize));
  }

  // Whatever was sent must come back to the last byte.
  async #drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_DEADLINE_MS;
    for (;;) {
      let missing = 0;
      for (const { state } of this.#pool.connections) {
        missing += state.sent * this.#exchange.replySize - state.received;
      }
      if (missing === 0) return;
      if (performance.now() > deadline) throw new Error(`${missing} bytes did not come back`);
      await sleep(5);
    }
  }

  #summarizeLatency(): { p50: number; p99: number } | undefined {
    const n = Math.min(this.#latencyCount, MAX_LATENCIES);
    if (this.#latencies === undefined || n === 0) return undefined;
    const sorted = this.#latencies.slice(0, n).sort();
    const at = (q: number) => (sorted[Math.min(n - 1, Math.floor(q * n))] ?? Number.NaN) * 1000;
    return { p50: at(0.5), p99: at(0.99) };
  }
}
