import type { PresenceEntry } from "./entry.ts";
import type { PresenceHandler } from "./watch.ts";

/** Counts the entries of all topics. */
export interface Census {
  count: number;
  readonly most: number;
}

/** The entries of a topic that this process knows of, by key, and those who are told what changes. */
export class Roster {
  readonly watchers = new Set<{ readonly handler: PresenceHandler }>();
  readonly #maxEntries: number;
  readonly #census: Census;
  readonly #onError: (error: unknown) => void;
  readonly #byKey = new Map<string, Map<string, PresenceEntry>>();
  #size = 0;

  constructor(maxEntries: number, census: Census, onError: (error: unknown) => void) {
    this.#maxEntries = maxEntries;
    this.#census = census;
    this.#onError = onError;
  }

  /** Whether one entry more would be too many. */
  get full(): boolean {
    return this.#size >= this.#maxEntries || this.#census.count >= this.#census.most;
  }

  /** An entry joins, or has changed. */
  put(entry: PresenceEntry, before: PresenceEntry | undefined): void {
    if (before !== undefined && before.key !== entry.key) this.remove(before);
    const entries = this.#byKey.get(entry.key) ?? new Map<string, PresenceEntry>();
    const known = entries.get(entry.id);
    this.#byKey.set(entry.key, entries.set(entry.id, entry));
    if (known !== undefined) {
      this.#tell((handler) => handler.update?.(entry, known));
      return;
    }
    this.#size += 1;
    this.#census.count += 1;
    const { size } = entries;
    this.#tell((handler) => handler.join?.(entry, size));
  }

  remove(entry: PresenceEntry): void {
    const entries = this.#byKey.get(entry.key);
    if (entries?.delete(entry.id) !== true) return;
    if (entries.size === 0) this.#byKey.delete(entry.key);
    this.#size -= 1;
    this.#census.count -= 1;
    const { size } = entries;
    this.#tell((handler) => handler.leave?.(entry, size));
  }

  /** Of now: nothing that changes later changes it. */
  list(): Map<string, PresenceEntry[]> {
    return new Map(Array.from(this.#byKey, ([key, entries]) => [key, [...entries.values()]]));
  }

  /** Nobody wants to know of the topic any more. */
  forget(): void {
    this.#census.count -= this.#size;
    this.#size = 0;
    this.#byKey.clear();
  }

  /** A handler may stop watching, or watch anew, while it is told. */
  #tell(call: (handler: PresenceHandler) => void): void {
    for (const { handler } of [...this.watchers]) {
      try {
        call(handler);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
