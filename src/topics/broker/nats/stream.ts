import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketError } from "../../../errors.ts";
import { type NatsConnection, type NatsMessage, natsGone } from "./connection.ts";

/** How much is kept: messages of a topic, and milliseconds. */
export interface Kept {
  readonly size: number;
  readonly age: number;
}

/** What a stream says of itself. */
export interface StreamState {
  /** Another one whenever the stream was made anew. */
  readonly epoch: string;
  /** The number of the oldest message of all subjects; one more than `last` where there is none. */
  readonly first: number;
  /** The number of the newest message that there has ever been. */
  readonly last: number;
  /** Whether the stream may have dropped messages of the subject because there were too many. */
  readonly isFull: boolean;
}

/** A message that a stream has kept. */
export interface StoredMessage {
  readonly number: number;
  readonly data: Uint8Array;
}

/** What is read of the answers of JetStream. */
interface StreamInfo {
  readonly created: string;
  readonly config: { readonly max_msgs_per_subject?: number; readonly max_age?: number };
  readonly state: {
    readonly first_seq: number;
    readonly last_seq: number;
    readonly subjects?: Readonly<Record<string, number>>;
  };
}

/** The codes of errors by which JetStream says that there is no such stream, and no such message. */
const NO_STREAM = 10_059;
const NO_MESSAGE = 10_037;

/** Milliseconds that JetStream has for an answer. */
const TIMEOUT = 30_000;

/** Milliseconds in which a JetStream may be starting, and between two attempts meanwhile. */
const START_TIMEOUT = 10_000;
const START_PAUSE = 100;

const NANOSECONDS = 1_000_000;

/**
 * A stream of JetStream, by the messages that its interface is made of. So it needs a connection to NATS, and no other
 * package.
 *
 * Each message is published again under another subject, with its number and that of the message before it in
 * the same subject: those who have to see each need no consumer for that.
 */
export class NatsStream {
  readonly #connection: NatsConnection;
  readonly #isThere: () => boolean;
  readonly #name: string;
  readonly #from: string;
  readonly #to: string;
  readonly #kept: Kept;
  /** Who waits for an answer, and gets none where the connection is lost. */
  readonly #waiting = new Set<(error: Error) => void>();
  #isRight = false;
  #epoch: string | undefined;

  /** @param isThere whether NATS is, so that something can be asked */
  constructor(connection: NatsConnection, isThere: () => boolean, prefix: string, kept: Kept) {
    this.#connection = connection;
    this.#isThere = isThere;
    // Names of streams have no dots, and prefixes no such signs.
    this.#name = prefix.replaceAll(".", "=");
    this.#from = `${prefix}.history.*`;
    this.#to = `${prefix}.live.{{wildcard(1)}}`;
    this.#kept = kept;
  }

  /** The epoch as it was seen last. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** Keeps a message. @returns resolves when the stream has it */
  async publish(subject: string, message: Uint8Array): Promise<void> {
    let answer: NatsMessage;
    try {
      answer = await this.#request(subject, message);
    } catch (error) {
      // Where nobody has taken it, because there was no stream, it cannot come twice.
      if (!(await this.#makeIfMissing())) throw error;
      answer = await this.#request(subject, message);
    }
    resultOf(answer);
  }

  /** What the stream has, and of a subject. A stream that is not there is made. */
  async state(subject: string): Promise<StreamState> {
    const { created, config, state } = await this.#info(subject);
    const count = state.subjects?.[subject] ?? 0;
    const most = config.max_msgs_per_subject ?? -1;
    this.#epoch = created;
    return {
      epoch: created,
      first: state.first_seq,
      last: state.last_seq,
      isFull: most >= 0 && count >= most,
    };
  }

  /** The number of the oldest message of a subject, if there is one. */
  async oldest(subject: string): Promise<number | undefined> {
    const question = JSON.stringify({ seq: 1, next_by_subj: subject });
    const answer = await this.#request(`$JS.API.STREAM.MSG.GET.${this.#name}`, question);
    const found = resultOf<{ message: { seq: number } }>(answer, NO_MESSAGE);
    return found?.message.seq;
  }

  /** Reads at most so many messages of a subject, from a number on. */
  async read(subject: string, first: number, most: number): Promise<StoredMessage[]> {
    const config = {
      deliver_policy: "by_start_sequence",
      opt_start_seq: first,
      filter_subject: subject,
      ack_policy: "none",
      replay_policy: "instant",
      mem_storage: true,
      inactive_threshold: TIMEOUT * NANOSECONDS,
    };
    const question = JSON.stringify({ stream_name: this.#name, config });
    const answer = await this.#request(`$JS.API.CONSUMER.CREATE.${this.#name}`, question);
    const consumer = resultOf<Readonly<Record<string, unknown>>>(answer)!;
    const batch = Math.min(most, Number(consumer["num_pending"] ?? 0));
    const consumed = `${this.#name}.${consumer["name"]}`;
    try {
      return batch === 0 ? [] : await this.#take(consumed, batch);
    } finally {
      // If this is lost, it ends by itself.
      this.#request(`$JS.API.CONSUMER.DELETE.${consumed}`, "").catch(() => {});
    }
  }

  /** The connection is lost: no answer will come. */
  onAway(): void {
    for (const giveUp of [...this.#waiting]) giveUp(natsGone());
  }

  async #take(consumed: string, batch: number): Promise<StoredMessage[]> {
    const taken: StoredMessage[] = [];
    const answers = await this.#connection.requestMany(
      `$JS.API.CONSUMER.MSG.NEXT.${consumed}`,
      JSON.stringify({ batch, no_wait: true }),
      { strategy: "count", maxMessages: batch, maxWait: TIMEOUT, noMux: true },
    );
    for await (const { data, reply, headers } of answers) {
      // Fewer are left than there were.
      if (headers?.code === 404 || headers?.code === 408) return taken;
      const delivered = deliveredAs(reply);
      if (delivered === undefined) break;
      taken.push({ number: delivered.number, data });
      if (taken.length === batch || delivered.left === 0) return taken;
    }
    throw new WebSocketError("BROKER_GONE", "NATS has not sent all messages of the history");
  }

  /** @returns whether the stream was missing */
  async #makeIfMissing(): Promise<boolean> {
    const answer = await this.#request(`$JS.API.STREAM.INFO.${this.#name}`, "");
    if (resultOf(answer, NO_STREAM) !== undefined) return false;
    await this.#make();
    return true;
  }

  async #info(subject: string): Promise<StreamInfo> {
    const question = JSON.stringify({ subjects_filter: subject });
    const isStarting = Date.now() + START_TIMEOUT;
    for (;;) {
      try {
        const answer = await this.#request(`$JS.API.STREAM.INFO.${this.#name}`, question);
        const info = resultOf<StreamInfo>(answer, NO_STREAM);
        if (info !== undefined) return await this.#setRight(info);
        await this.#make();
      } catch (error) {
        if (!this.#isThere() || Date.now() > isStarting) throw error;
        await sleep(START_PAUSE);
      }
    }
  }

  async #make(): Promise<void> {
    const config = {
      name: this.#name,
      subjects: [this.#from],
      retention: "limits",
      discard: "old",
      storage: "file",
      duplicate_window: Math.min(this.#kept.age, 120_000) * NANOSECONDS,
      republish: { src: this.#from, dest: this.#to },
      ...this.#limits,
    };
    resultOf(await this.#request(`$JS.API.STREAM.CREATE.${this.#name}`, JSON.stringify(config)));
  }

  get #limits(): { max_msgs_per_subject: number; max_age: number } {
    const { size, age } = this.#kept;
    return {
      max_msgs_per_subject: Number.isFinite(size) ? size : -1,
      max_age: Number.isFinite(age) ? age * NANOSECONDS : 0,
    };
  }

  /** What others have made may have other limits. All else of it stays as it is, such as its replicas. */
  async #setRight(info: StreamInfo): Promise<StreamInfo> {
    if (this.#isRight) return info;
    const { max_msgs_per_subject, max_age } = this.#limits;
    const { config } = info;
    if (config.max_msgs_per_subject !== max_msgs_per_subject || config.max_age !== max_age) {
      const wanted = JSON.stringify({ ...config, ...this.#limits });
      resultOf(await this.#request(`$JS.API.STREAM.UPDATE.${this.#name}`, wanted));
    }
    this.#isRight = true;
    return info;
  }

  #request(subject: string, data: Uint8Array | string): Promise<NatsMessage> {
    // The client would hold it back, without a bound.
    if (!this.#isThere()) return Promise.reject(natsGone());
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        this.#waiting.delete(reject);
        how();
      };
      this.#waiting.add(reject);
      this.#connection.request(subject, data, { timeout: TIMEOUT }).then(
        (answer) => settle(() => resolve(answer)),
        (error) => settle(() => reject(natsGone(error))),
      );
    });
  }
}

/**
 * What JetStream has answered.
 *
 * @param expected the code of an error by which it says that there is nothing
 * @returns undefined where it says that
 * @throws WebSocketError `BROKER_GONE` for all other errors
 */
function resultOf<T>({ data }: NatsMessage, expected?: number): T | undefined {
  const answer = JSON.parse(Buffer.from(data).toString()) as T & {
    error?: { err_code?: number; description?: string };
  };
  const { error } = answer;
  if (error === undefined) return answer;
  if (error.err_code === expected) return undefined;
  throw new WebSocketError("BROKER_GONE", `JetStream refuses: ${error.description}`);
}

/** Which message it is, and how many are left, by where it is to be acknowledged. */
function deliveredAs(reply: string | undefined): { number: number; left: number } | undefined {
  const words = reply?.split(".") ?? [];
  if (words[0] !== "$JS" || words[1] !== "ACK") return undefined;
  // Later servers put the domain and the account in front of the stream.
  const start = words.length > 9 ? 4 : 2;
  return { number: Number(words[start + 3]), left: Number(words[start + 6]) };
}
