import { randomFillSync } from "node:crypto";
import { waitUntil } from "../clock.ts";
import {
  clientWindowBits,
  Judge,
  OFFER,
  type Script,
  scriptPart,
  writeScript,
} from "../deflated.ts";
import type { CompressedBroadcastJob, LoadResult } from "../job.ts";
import { jsonMessages } from "../json-messages.ts";
import { Pool } from "../pool.ts";
import { ReplyCounter } from "../replies.ts";
import { Rounds } from "../rounds.ts";
import type { Connection, Transport } from "../transport/transport.ts";

const DRAIN_DEADLINE_MS = 15_000;

/** One connection sends a compressed message and every one gets it, the sender too; then the next. */
export class CompressedBroadcastLoad {
  readonly #job: CompressedBroadcastJob;
  readonly #messages: readonly Buffer[];
  readonly #judge: Judge;
  readonly #pool: Pool;
  readonly #counters = new Map<Connection, ReplyCounter>();
  readonly #rounds = new Rounds();
  #script: Script | undefined;
  #missing = 0;
  #bytes = 0;
  #sending = true;

  constructor(job: CompressedBroadcastJob, transport: Transport) {
    this.#job = job;
    this.#messages = jsonMessages(job.content);
    this.#judge = new Judge(this.#messages);
    this.#pool = new Pool(transport, { ...job, extensions: OFFER }, this.#data.bind(this));
  }

  /** Runs the job. */
  async run(): Promise<LoadResult> {
    try {
      await this.#pool.fill(this.#job.connections);
      const bits = clientWindowBits(this.#pool.head);
      if (bits === undefined) throw new Error("the server does not compress");
      this.#script = writeScript(this.#messages, bits, 1, randomFillSync);
      for (const [i, connection] of this.#pool.connections.entries()) {
        this.#counters.set(connection, new ReplyCounter(i === 0 ? this.#judge : undefined));
      }
      this.#begin();
      return await Promise.race([this.#measure(), this.#pool.failure]);
    } finally {
      await this.#pool.empty();
    }
  }

  async #measure(): Promise<LoadResult> {
    const { count, ...elapsed } = await this.#rounds.measure(this.#job);
    this.#sending = false;
    await waitUntil(
      () => this.#missing === 0,
      DRAIN_DEADLINE_MS,
      () => `${this.#missing} messages have not come`,
    );
    const { connections } = this.#job;
    const size = this.#messages.reduce((sum, { length }) => sum + length, 0);
    const average = size / this.#messages.length;
    return {
      ...elapsed,
      count: count * connections,
      bytesPerCount: average,
      deflated: this.#bytes / (this.#rounds.count * connections * average),
      verified: { compared: this.#judge.verify(), received: this.#bytes },
    };
  }

  #data(connection: Connection, chunk: Buffer): void {
    const counter = this.#counters.get(connection)!;
    const before = counter.messages;
    counter.push(chunk);
    this.#bytes += chunk.length;
    this.#missing -= counter.messages - before;
    if (this.#missing > 0 || counter.messages === before) return;
    if (this.#missing < 0) this.#pool.fail("more came than was sent");
    this.#rounds.complete();
    if (this.#sending) this.#begin();
  }

  #begin(): void {
    this.#missing = this.#job.connections;
    this.#pool.connections[0]!.write(scriptPart(this.#script!, this.#rounds.count, 1));
  }
}
