import type { PresenceEntry } from "./entry.ts";

/** What `watch` of a `Presence` calls for each change of a topic, in the order in which this process learns of it. */
export interface PresenceHandler<Meta = unknown> {
  /**
   * An entry has joined.
   *
   * @param count entries of its key that are there now: where it is 1, the user has come
   */
  join?(entry: PresenceEntry<Meta>, count: number): void;
  /**
   * An entry has left, or its process is not heard of any more.
   *
   * @param count entries of its key that are still there: where it is 0, the user has gone
   */
  leave?(entry: PresenceEntry<Meta>, count: number): void;
  /** The meta of an entry has changed; `before` is the entry as it was. */
  update?(entry: PresenceEntry<Meta>, before: PresenceEntry<Meta>): void;
}

/** What a {@link PresenceWatch} does by. */
interface Deeds<Meta> {
  readonly ready: Promise<void>;
  list(): ReadonlyMap<string, readonly PresenceEntry<Meta>[]>;
  stop(): void;
}

/** What `watch` of a `Presence` returns. It lists who is in the topic, and ends the calls. */
export class PresenceWatch<Meta = unknown> {
  /**
   * Resolves once the broker has subscribed to the topic and other processes are asked. Their entries come a moment
   * later, and the handler is told of each. Rejects where the broker cannot subscribe; that need not be handled.
   */
  readonly ready: Promise<void>;
  readonly #deeds: Deeds<Meta>;

  /** @internal */
  constructor(deeds: Deeds<Meta>) {
    this.ready = deeds.ready;
    this.#deeds = deeds;
  }

  /** The entries of the topic by their keys, as this process knows them now. `size` is the number of keys. */
  list(): ReadonlyMap<string, readonly PresenceEntry<Meta>[]> {
    return this.#deeds.list();
  }

  /** Watches no more. It may be called twice. */
  stop(): void {
    this.#deeds.stop();
  }
}
