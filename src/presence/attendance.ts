import type { PresenceEntry } from "./entry.ts";

/** What an {@link Attendance} does by. */
interface Deeds<Meta> {
  update(meta: Meta): PresenceEntry<Meta>;
  leave(): void;
}

/** What `join` of a `Presence` returns. It changes the entry that has joined, or takes it out. */
export class Attendance<Meta = unknown> {
  readonly #deeds: Deeds<Meta>;
  #entry: PresenceEntry<Meta>;
  #left = false;

  /** @internal */
  constructor(entry: PresenceEntry<Meta>, deeds: Deeds<Meta>) {
    this.#entry = entry;
    this.#deeds = deeds;
  }

  /** The entry, as it was last. */
  get entry(): PresenceEntry<Meta> {
    return this.#entry;
  }

  /**
   * Changes the meta of the entry. It does nothing once the entry has left.
   *
   * @throws WebSocketError `PRESENCE_ENTRY_TOO_BIG` beyond `maxEntrySize`
   * @throws ArgumentError for what JSON does not keep
   */
  update(meta: Meta): void {
    if (!this.#left) this.#entry = this.#deeds.update(meta);
  }

  /** The entry leaves. It may be called twice. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#deeds.leave();
  }
}
