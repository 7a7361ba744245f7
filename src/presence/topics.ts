import { randomBytes } from "node:crypto";
import { WebSocketError } from "../errors.ts";
import { Interests } from "../topics/interests.ts";
import { originOf, unseal } from "./message.ts";
import { SILENT_TICKS } from "./neighbours.ts";
import type { PresenceSettings } from "./options.ts";
import { type Census, Roster } from "./roster.ts";
import { Topic } from "./topic.ts";

/** In front of the names of topics at the engine, so that those of a server are others. */
const PREFIX = "presence:";

/** Milliseconds that the engine has to take the farewell of this process, and the broker to close. */
const CLOSE_TIMEOUT = 1000;

/** The topics of a process that it watches, or has entries in, and the broker between it and the others. */
export class Topics {
  readonly #settings: PresenceSettings;
  readonly #interests: Interests | undefined;
  readonly #origin = randomBytes(8);
  readonly #topics = new Map<string, Topic>();
  readonly #census: Census;
  #lastVersion = 0;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(settings: PresenceSettings) {
    this.#settings = settings;
    this.#census = { count: 0, most: settings.maxTotalEntries };
    const { broker } = settings;
    if (broker === undefined) return;
    this.#interests = new Interests(broker, (_, error) => this.#onError(error));
    broker.onMessage((name, message) => this.#onMessage(name, message));
    broker.onGap?.((name) => this.#atEngine(name)?.onGap());
    broker.onError?.((error) => this.#onError(error));
  }

  /** How this process is called in messages. */
  get origin(): string {
    return originOf(this.#origin);
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  open(name: string): Topic {
    return this.#topics.get(name) ?? this.#add(name);
  }

  /** Opens a topic for one entry more. @throws WebSocketError `PRESENCE_FULL` */
  openFor(name: string): Topic {
    const topic = this.open(name);
    if (!topic.roster.full) return topic;
    this.closeIfIdle(name);
    const { maxEntries, maxTotalEntries } = this.#settings;
    throw new WebSocketError(
      "PRESENCE_FULL",
      `a topic has at most ${maxEntries} entries (maxEntries), and a process knows at most ${maxTotalEntries} (maxTotalEntries)`,
    );
  }

  /** @returns resolves once what others say of a topic comes; a rejection need not be handled */
  subscribed(name: string): Promise<void> {
    return this.#interests?.want(PREFIX + name) ?? Promise.resolve();
  }

  /** Not at once: a handler that has called this may be told of more, and others may be told behind it. */
  closeIfIdle(name: string): void {
    const topic = this.#topics.get(name);
    topic?.own.told().then(() => {
      if (!topic.idle || this.#topics.get(name) !== topic) return;
      this.#topics.delete(name);
      topic.roster.forget();
      this.#interests?.drop(PREFIX + name);
      if (this.#topics.size === 0) this.#stopTimer();
    });
  }

  async close(): Promise<void> {
    const topics = [...this.#topics.values()];
    for (const { own, roster } of topics) {
      roster.watchers.clear();
      own.clear();
    }
    this.#stopTimer();
    this.#closed = true;
    await within(CLOSE_TIMEOUT, Promise.all(topics.map(({ own }) => own.told())));
    this.#topics.clear();
    try {
      await within(CLOSE_TIMEOUT, this.#settings.broker?.close());
    } catch (error) {
      this.#settings.onError(error);
    }
  }

  #add(name: string): Topic {
    const { broker, maxEntries, timeout } = this.#settings;
    const onError = (error: unknown) => this.#onError(error);
    const line = {
      origin: this.#origin,
      nextVersion: () => ++this.#lastVersion,
      publish: (message: Uint8Array) => this.#publish(name, message),
    };
    const topic = new Topic(line, new Roster(maxEntries, this.#census, onError), onError);
    this.#topics.set(name, topic);
    this.#subscribe(name, topic);
    if (broker !== undefined && this.#timer === undefined) {
      this.#timer = setInterval(() => this.#tick(), timeout / SILENT_TICKS).unref();
    }
    return topic;
  }

  /** Only the first failure is reported: while the engine is away, each message is one. */
  async #publish(name: string, message: Uint8Array): Promise<void> {
    try {
      await this.#settings.broker?.publish(PREFIX + name, message);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#onError(error);
      this.#failing = true;
      throw error;
    }
  }

  #subscribe(name: string, topic: Topic): void {
    topic.isRefused = false;
    const onRefused = () => {
      topic.isRefused = true;
    };
    this.#interests?.want(PREFIX + name).then(() => topic.askEverybody(), onRefused);
  }

  #tick(): void {
    for (const [name, topic] of this.#topics) {
      if (topic.isRefused) this.#subscribe(name, topic);
      topic.tick();
      if (topic.idle) this.closeIfIdle(name);
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #atEngine(name: string): Topic | undefined {
    if (this.#closed || !name.startsWith(PREFIX)) return undefined;
    return this.#topics.get(name.slice(PREFIX.length));
  }

  #onMessage(name: string, sealed: Uint8Array): void {
    const topic = this.#atEngine(name);
    if (topic === undefined) return;
    try {
      const { origin, message } = unseal(sealed, this.#settings.maxEntrySize);
      if (origin !== this.origin) topic.receive(origin, message);
    } catch (error) {
      this.#onError(error);
    }
  }

  #onError(error: unknown): void {
    if (this.#closed) return;
    try {
      this.#settings.onError(error);
    } catch (thrown) {
      console.error(thrown);
    }
  }
}

/** Waits for a promise, but only so long. */
async function within(milliseconds: number, promise: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([promise, passed]);
  } finally {
    clearTimeout(timer);
  }
}
