/**
 * Who is in a topic, over all processes.
 *
 * @module
 */

import { ArgumentError, WebSocketError } from "../errors.ts";
import { checkOptionNames } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import { checkTopic } from "../topics/options.ts";
import { Attendance } from "./attendance.ts";
import { ownEntry, type PresenceEntry } from "./entry.ts";
import { type PresenceOptions, type PresenceSettings, presenceSettings } from "./options.ts";
import { Topics } from "./topics.ts";
import { type PresenceHandler, PresenceWatch } from "./watch.ts";

export type { Broker } from "../topics/broker.ts";
export type { Attendance } from "./attendance.ts";
export type { PresenceEntry } from "./entry.ts";
export type { PresenceOptions } from "./options.ts";
export type { PresenceHandler, PresenceWatch } from "./watch.ts";

/** How to join a topic. */
export interface JoinOptions<Meta = unknown> {
  /** What others are to know of the entry: anything that JSON keeps. Default null. */
  readonly meta?: Meta;
  /** The entry leaves when this promise settles, such as `ws.closed` of a connection. */
  readonly until?: PromiseLike<unknown>;
}

/** Most bytes of the name of a topic, in UTF-8, as a server has it by default. */
const MAX_TOPIC_LENGTH = 256;

const HANDLER_FUNCTIONS = ["join", "leave", "update"] as const;

/**
 * Who is in a topic, over all processes. It has nothing to do with who gets messages: your code says who joins, and
 * when an entry leaves.
 *
 * ```ts
 * const presence = new Presence({ broker: redisBroker({ client }) });
 * server.handle("/room", {
 *   open: (ws) => void presence.join("room", userOf(ws), { until: ws.closed }),
 * });
 * ```
 *
 * Each process tells the others of its own entries. The entries of a process that has died leave within
 * `timeout`, those of one that calls {@link close} at once.
 */
export class Presence<Meta = unknown> {
  readonly #settings: PresenceSettings;
  readonly #topics: Topics;
  #lastNumber = 0;
  #closed: Promise<void> | undefined;

  /** @throws ArgumentError */
  constructor(options: PresenceOptions = {}) {
    this.#settings = presenceSettings(options);
    this.#topics = new Topics(this.#settings);
  }

  /**
   * Adds an entry of this process to a topic.
   *
   * @param topic its name, of at most 256 bytes in UTF-8
   * @param key for whom the entry stands, such as the id of a user; others may have entries with the same key
   * @returns by which the entry is changed, and leaves
   * @throws WebSocketError `PRESENCE_FULL` beyond `maxEntries` or `maxTotalEntries`, `PRESENCE_ENTRY_TOO_BIG` beyond
   * `maxEntrySize`, `TOPIC_TOO_LONG`, and `PRESENCE_CLOSED` after {@link close}
   * @throws ArgumentError for an empty key, and for what JSON does not keep
   */
  join(topic: string, key: string, options: JoinOptions<Meta> = {}): Attendance<Meta> {
    this.#check(topic);
    checkOptionNames("join", options, ["meta", "until"]);
    const { meta = null, until } = options;
    if (until !== undefined && typeof until?.then !== "function") {
      throw new ArgumentError(`until is a promise; got ${describe(until)}`);
    }
    const number = ++this.#lastNumber;
    const { maxEntrySize } = this.#settings;
    const make = (of: unknown) => ownEntry(this.#topics.origin, number, key, of, maxEntrySize);
    const made = make(meta);
    const joined = this.#topics.openFor(topic);
    joined.join(number, made);
    const attendance = new Attendance(made.entry as PresenceEntry<Meta>, {
      update: (changed) => {
        const after = make(changed);
        joined.update(number, after);
        return after.entry as PresenceEntry<Meta>;
      },
      leave: () => {
        joined.leave(number);
        this.#topics.closeIfIdle(topic);
      },
    });
    const leave = () => attendance.leave();
    until?.then(leave, leave);
    return attendance;
  }

  /**
   * Watches a topic: `handler` is told from now on who joins and leaves, entries of this process included. Those that
   * are there already are in {@link list}.
   *
   * @throws WebSocketError `TOPIC_TOO_LONG`, and `PRESENCE_CLOSED` after {@link close}
   * @throws ArgumentError where the handler has something else than functions
   */
  watch(topic: string, handler: PresenceHandler<Meta> = {}): PresenceWatch<Meta> {
    this.#check(topic);
    for (const name of HANDLER_FUNCTIONS) {
      const given = (handler as PresenceHandler | null)?.[name];
      if (given === undefined || typeof given === "function") continue;
      throw new ArgumentError(`${name} of a handler is a function; got ${describe(given)}`);
    }
    const watched = this.#topics.open(topic);
    // A handler may watch twice, so it needs something that stands for this time.
    const watcher = { handler: handler as PresenceHandler };
    watched.roster.watchers.add(watcher);
    return new PresenceWatch<Meta>({
      ready: this.#topics.subscribed(topic),
      list: () => this.list(topic),
      stop: () => {
        watched.roster.watchers.delete(watcher);
        this.#topics.closeIfIdle(topic);
      },
    });
  }

  /**
   * The entries of a topic by their keys, as this process knows them now: where it watches the topic, or has entries
   * in it. Otherwise there are none. `size` is the number of keys.
   */
  list(topic: string): ReadonlyMap<string, readonly PresenceEntry<Meta>[]> {
    const entries = this.#topics.get(topic)?.roster.list() ?? new Map();
    return entries as Map<string, PresenceEntry<Meta>[]>;
  }

  /**
   * Takes all entries of this process out of their topics, tells the other processes, and closes the broker. Handlers
   * are not told. Where the engine does not take the news within a second, the others learn it by their
   * `timeout`. It may be called twice.
   */
  close(): Promise<void> {
    this.#closed ??= this.#topics.close();
    return this.#closed;
  }

  /** Is {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check(topic: string): void {
    if (this.#closed !== undefined) {
      throw new WebSocketError("PRESENCE_CLOSED", "this Presence was closed");
    }
    checkTopic(topic, MAX_TOPIC_LENGTH);
  }
}
