import { randomFillSync } from "node:crypto";
import { measureGrowth, waitUntil } from "../clock.ts";
import { type Exchange, makeExchange } from "../frames.ts";
import { Histogram } from "../histogram.ts";
import type { EchoJob, LoadResult } from "../job.ts";
import { Pool } from "../pool.ts";
import { ReplyCounter } from "../replies.ts";
import type { Connection, Transport } from "../transport/transport.ts";
import { ContentJudge, findDifference } from "../verify.ts";

const DRAIN_DEADLINE_MS = 15_000;

/** Messages that are answered, `depth` of them under way on each connection. */
export class EchoLoad {
  readonly #job: EchoJob;
  readonly #exchange: Exchange;
  readonly #pool: Pool;
  readonly #transport: Transport;
  // Every n-th chunk is compared with what it must be; all lengths are.
  readonly #sampleEvery: number;
  readonly #latencies: Histogram | undefined;
  /** Where replies come in frames of any size: what takes those of each connection. */
  readonly #counters: Map<Connection, ReplyCounter> | undefined;
  #chunks = 0;
  #received = 0;
  #compared = 0;
  #sending = true;

  constructor(job: EchoJob, transport: Transport) {
    const { message, depth, listen, mirror, reply } = job;
    this.#job = job;
    this.#transport = transport;
    const side = listen ? "server" : "client";
    const partner = { side, mirror, length: reply === "length" } as const;
    this.#exchange = makeExchange(message, partner, depth, randomFillSync);
    if (this.#exchange.replyMasked && message.size > 32_768) {
      throw new Error("masked replies of more than 32 KiB cannot be verified");
    }
    this.#sampleEvery = this.#exchange.replyMasked ? 64 : isShort(this.#exchange) ? 1 : 16;
    this.#latencies = depth === 1 ? new Histogram() : undefined;
    this.#counters = reply === "any frames" && !mirror ? new Map() : undefined;
    this.#pool = new Pool(transport, listen ? undefined : job, this.#data.bind(this));
  }

  /** Runs the job; `onListening` gets the port where we play the server. */
  async run(onListening: (port: number) => void): Promise<LoadResult> {
    const listener = this.#job.listen ? await this.#transport.listen(this.#pool) : undefined;
    try {
      if (listener !== undefined) onListening(listener.port);
      await this.#pool.fill(this.#job.connections);
      for (const connection of this.#pool.connections) {
        this.#counters?.set(connection, this.#makeCounter());
        this.#send(connection, this.#job.depth);
      }
      return await Promise.race([this.#measure(), this.#pool.failure]);
    } finally {
      this.#sending = false;
      await this.#pool.empty();
      listener?.close();
    }
  }

  async #measure(): Promise<LoadResult> {
    const onBegin = () => this.#latencies?.clear();
    const { count, ...elapsed } = await measureGrowth(this.#job, () => this.#received, onBegin);
    const latency = this.#latencies?.percentiles();
    this.#sending = false;
    // Whatever was sent must be answered to the last byte.
    await waitUntil(
      () => this.#pool.connections.every((each) => this.#answered(each) === each.state.sent),
      DRAIN_DEADLINE_MS,
      () => "not all that was sent was answered",
    );
    return {
      ...elapsed,
      count: count / this.#exchange.replySize,
      bytesPerCount: this.#job.message.size,
      ...(latency === undefined ? {} : { latency }),
      verified: { compared: this.#compared, received: this.#received },
    };
  }

  #data(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    this.#received += chunk.length;
    this.#verify(connection, chunk);
    const room = Math.floor(this.#answered(connection)) + this.#job.depth - state.sent;
    if (room > this.#job.depth) this.#pool.fail("more came back than was sent");
    if (room === 0) return;
    this.#latencies?.add((performance.now() - state.sentAt) * 1000);
    if (this.#sending) this.#send(connection, room);
  }

  #verify(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    const position = state.received;
    state.received += chunk.length;
    this.#chunks += 1;
    if (this.#counters !== undefined) {
      this.#counters.get(connection)?.push(chunk);
      this.#compared += chunk.length;
    } else if (this.#chunks % this.#sampleEvery === 0) {
      const difference = findDifference(this.#exchange, position, chunk);
      if (difference !== undefined) this.#pool.fail(difference);
      this.#compared += chunk.length;
    }
  }

  /** Messages of a connection that have been answered; with a fraction where one is on its way. */
  #answered(connection: Connection): number {
    if (this.#counters !== undefined) return this.#counters.get(connection)!.messages;
    return connection.state.received / this.#exchange.replySize;
  }

  #send(connection: Connection, messages: number): void {
    const { request, requestSize, count } = this.#exchange;
    const { state } = connection;
    const from = (state.sent % count) * requestSize;
    state.sent += messages;
    if (this.#latencies !== undefined) state.sentAt = performance.now();
    connection.write(request.subarray(from, from + messages * requestSize));
  }

  #makeCounter(): ReplyCounter {
    return new ReplyCounter(new ContentJudge(this.#exchange, (reason) => this.#pool.fail(reason)));
  }
}

/** Whether replies have so few bytes that comparing all of them takes next to nothing. */
function isShort({ replySize, replyHeader }: Exchange): boolean {
  return replySize - replyHeader <= 1024;
}
