import { randomFillSync } from "node:crypto";
import { Stopwatch, sleep, waitUntil } from "../clock.ts";
import {
  clientWindowBits,
  Judge,
  OFFER,
  type Script,
  scriptPart,
  writeScript,
} from "../deflated.ts";
import type { CompressedJob, ExchangeJob, LoadResult } from "../job.ts";
import { jsonMessages } from "../json-messages.ts";
import { Pool } from "../pool.ts";
import { ReplyCounter } from "../replies.ts";
import type { Connection, Transport } from "../transport/transport.ts";

const DRAIN_DEADLINE_MS = 50_000;

/** Compressed messages that come back, `depth` of them under way on each connection. */
export class CompressedLoad {
  readonly #messages: readonly Buffer[];
  readonly #depth: number;
  readonly #compressed: boolean;
  readonly #rate: number | undefined;
  readonly #pool: Pool;
  readonly #counters = new Map<Connection, ReplyCounter>();
  readonly #judge: Judge;
  #script: Script | undefined;
  /** How many messages a connection may send. */
  #most = Number.POSITIVE_INFINITY;

  constructor(job: CompressedJob | ExchangeJob, transport: Transport) {
    this.#messages = jsonMessages(job.kind === "compressed" ? job.content : "small");
    this.#depth = job.kind === "compressed" ? job.depth : 1;
    this.#judge = new Judge(this.#messages);
    this.#compressed = job.compressed;
    this.#rate = job.kind === "compressed" ? job.rate : undefined;
    const offer = this.#compressed ? OFFER : undefined;
    this.#pool = new Pool(transport, { ...job, extensions: offer }, this.#data.bind(this));
  }

  /** Runs for some time. */
  async run(job: CompressedJob): Promise<LoadResult> {
    const { rate } = job;
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      await this.#start(job.connections);
      if (rate !== undefined) timer = setInterval(() => this.#tick(), 1000 / rate);
      return await Promise.race([this.#measure(job), this.#pool.failure]);
    } finally {
      clearInterval(timer);
      this.#most = 0;
      await this.#pool.empty();
    }
  }

  /** Exchanges so many messages on each connection, and keeps the connections. */
  async exchange({ connections, messages }: ExchangeJob): Promise<Pool> {
    this.#most = messages;
    await this.#start(connections);
    await Promise.race([this.#drain(messages * connections), this.#pool.failure]);
    return this.#pool;
  }

  async #start(connections: number): Promise<void> {
    await this.#pool.fill(connections);
    const bits = clientWindowBits(this.#pool.head);
    if (this.#compressed !== (bits !== undefined)) throw new Error("the server does not compress");
    this.#script = writeScript(this.#messages, bits, this.#depth, randomFillSync);
    for (const [i, connection] of this.#pool.connections.entries()) {
      this.#counters.set(connection, new ReplyCounter(i === 0 ? this.#judge : undefined));
      this.#send(connection, this.#depth);
    }
  }

  async #measure({ warmUp, duration, pids }: CompressedJob): Promise<LoadResult> {
    await sleep(warmUp);
    const before = this.#count();
    const watch = new Stopwatch(pids);
    await sleep(duration);
    const elapsed = watch.read();
    const after = this.#count();
    this.#most = 0;
    await this.#drain(this.#pool.connections.reduce((sum, { state }) => sum + state.sent, 0));
    const size = this.#messages.reduce((sum, { length }) => sum + length, 0);
    const average = size / this.#messages.length;
    const count = after.messages - before.messages;
    return {
      count,
      ...elapsed,
      bytesPerCount: average,
      deflated: (after.bytes - before.bytes) / (count * average),
      verified: { compared: this.#judge.verify(), received: after.bytes },
    };
  }

  #data(connection: Connection, chunk: Buffer): void {
    const counter = this.#counters.get(connection)!;
    const before = counter.messages;
    counter.push(chunk);
    if (this.#rate === undefined) this.#send(connection, counter.messages - before);
  }

  /** At a fixed rate: the next message, unless the server lags behind. */
  #tick(): void {
    for (const [connection, counter] of this.#counters) {
      this.#send(connection, Math.min(1, this.#depth + counter.messages - connection.state.sent));
    }
  }

  #send(connection: Connection, messages: number): void {
    const { state } = connection;
    const part = Math.min(messages, this.#most - state.sent);
    if (part <= 0) return;
    const bytes = scriptPart(this.#script!, state.sent, part);
    state.sent += part;
    connection.write(bytes);
  }

  #count(): { messages: number; bytes: number } {
    let messages = 0;
    let bytes = 0;
    for (const counter of this.#counters.values()) {
      messages += counter.messages;
      bytes += counter.bytes;
    }
    return { messages, bytes };
  }

  // Whatever was sent must come back.
  #drain(messages: number): Promise<void> {
    return waitUntil(
      () => this.#count().messages >= messages,
      DRAIN_DEADLINE_MS,
      () => "not all messages came back",
    );
  }
}
