import { WebSocketError } from "../errors.ts";
import { idOf, type PresenceEntry } from "./entry.ts";
import type { Change, SentEntry } from "./message.ts";
import type { Roster } from "./roster.ts";

/** What is known of another process in a topic. */
interface Neighbour {
  readonly entries: Map<number, PresenceEntry>;
  /** That of its last change that is known in full; 0 for none. */
  version: number;
  /** The tick in which it was last heard of. */
  heard: number;
  /** The parts that have come of all its entries, while not all have. */
  parts: Parts | undefined;
  /** Whether some of its entries were too many. */
  cut: boolean;
}

interface Parts {
  readonly to: number;
  next: number;
  readonly named: Set<number>;
}

/** Ticks of silence behind which a process counts as dead. */
export const SILENT_TICKS = 10;

/** Most processes in a topic. Others are not taken, so that made-up ones cannot fill the memory. */
const MOST_NEIGHBOURS = 10_000;

/**
 * The entries that other processes have in a topic. Each process numbers its changes, so it shows when one was missed;
 * then it is asked for all its entries.
 */
export class Neighbours {
  readonly #roster: Roster;
  /** A process is to be asked for all its entries. */
  readonly #ask: (origin: string) => void;
  readonly #onError: (error: unknown) => void;
  readonly #neighbours = new Map<string, Neighbour>();
  #tick = 0;
  #isFullTold = false;

  constructor(roster: Roster, ask: (origin: string) => void, onError: (error: unknown) => void) {
    this.#roster = roster;
    this.#ask = ask;
    this.#onError = onError;
  }

  onChange(origin: string, change: Change): void {
    const isWhole = change.from === 0;
    const isFarewell = isWhole && change.joined.length === 0;
    let neighbour = this.#neighbours.get(origin);
    if (neighbour === undefined) {
      if (!isWhole) this.#ask(origin);
      if (!isWhole || isFarewell || change.part > 0) return;
      neighbour = this.#add(origin);
    }
    if (neighbour === undefined || change.to < neighbour.version) return;
    neighbour.heard = this.#tick;
    const isKnown = change.to === neighbour.version && neighbour.parts === undefined;
    if (isKnown && !neighbour.cut) return;
    if (isWhole) this.#onPart(origin, neighbour, change);
    else if (change.from === neighbour.version) this.#onDifference(origin, neighbour, change);
    else if (change.from > neighbour.version) this.#ask(origin);
  }

  /** @param version that of its last change */
  onBeat(origin: string, version: number): void {
    const neighbour = this.#neighbours.get(origin);
    const known = neighbour?.version ?? 0;
    // What claims to come from it, and does not, may have had a version of the future.
    if (neighbour !== undefined && version >= known) neighbour.heard = this.#tick;
    if (version > known) this.#ask(origin);
  }

  /** Called again and again, in equal distances. Time in which this process stands still does not count. */
  tick(): void {
    this.#tick += 1;
    if (!this.#roster.full) this.#isFullTold = false;
    for (const [origin, neighbour] of this.#neighbours) {
      if (this.#tick - neighbour.heard >= SILENT_TICKS) {
        this.#neighbours.delete(origin);
        for (const entry of neighbour.entries.values()) this.#roster.remove(entry);
      } else if (neighbour.cut && !this.#roster.full) this.#ask(origin);
    }
  }

  #add(origin: string): Neighbour | undefined {
    if (this.#neighbours.size >= MOST_NEIGHBOURS) {
      this.#onFull(`more than ${MOST_NEIGHBOURS} processes`);
      return undefined;
    }
    const entries = new Map<number, PresenceEntry>();
    const neighbour = { entries, version: 0, heard: this.#tick, parts: undefined, cut: false };
    this.#neighbours.set(origin, neighbour);
    return neighbour;
  }

  #onDifference(origin: string, neighbour: Neighbour, { to, joined, left }: Change): void {
    neighbour.version = to;
    for (const number of left) this.#remove(neighbour, number);
    for (const entry of joined) this.#put(origin, neighbour, entry);
  }

  /** All entries, or a part of them. Those that no part has named have left. */
  #onPart(origin: string, neighbour: Neighbour, { to, part, last, joined }: Change): void {
    if (part === 0) {
      neighbour.parts = { to, next: 0, named: new Set() };
      neighbour.cut = false;
    }
    const { parts } = neighbour;
    // One was lost. The next beat shows that, as the version stays behind.
    if (parts?.to !== to || parts.next !== part) return;
    parts.next += 1;
    for (const entry of joined) {
      parts.named.add(entry[0]);
      this.#put(origin, neighbour, entry);
    }
    if (!last) return;
    neighbour.version = to;
    neighbour.parts = undefined;
    for (const number of [...neighbour.entries.keys()]) {
      if (!parts.named.has(number)) this.#remove(neighbour, number);
    }
  }

  #put(origin: string, neighbour: Neighbour, [number, key, meta]: SentEntry): void {
    const before = neighbour.entries.get(number);
    if (before?.key === key && isSame(before.meta, meta)) return;
    if (before === undefined && this.#roster.full) {
      neighbour.cut = true;
      this.#onFull("more entries than maxEntries or maxTotalEntries allow");
      return;
    }
    const entry = { key, meta, id: idOf(origin, number), own: false };
    neighbour.entries.set(number, entry);
    this.#roster.put(entry, before);
  }

  #remove(neighbour: Neighbour, number: number): void {
    const entry = neighbour.entries.get(number);
    if (entry === undefined) return;
    neighbour.entries.delete(number);
    this.#roster.remove(entry);
  }

  #onFull(what: string): void {
    if (this.#isFullTold) return;
    this.#isFullTold = true;
    const message = `other processes have ${what}: not all of them are known here`;
    this.#onError(new WebSocketError("PRESENCE_FULL", message));
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
