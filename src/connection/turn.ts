import { setImmediate } from "node:timers";
import type { BroadcastLogs } from "./sending/broadcast/log.ts";

/** What has frames to write at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/** A connection whose peer has broken the protocol, and has yet to be told. */
export interface Failing {
  goOnFailing(): void;
}

/** What goes on parsing in the next turn. */
export interface Resumable {
  resumeParsing(): void;
}

/**
 * Work that one connection may cause before others get their turn, in units of about a nanosecond: a byte that
 * is parsed costs a quarter, a message 256 (its handler not included), a byte that is inflated one, a call of
 * zlib 8,192. With it a chunk of empty messages is cut into pieces of a few milliseconds, while
 * honest chunks are parsed whole (docs/performance.md).
 */
const BUDGET = 1024 * 1024;
/** The same while others wait for what they have left over. */
const CROWDED_BUDGET = BUDGET / 16;

export const MESSAGE_COST = 256;
export const ZLIB_COST = 8192;
/** Bytes of a chunk that cost as much as one unit, as a shift. */
const CHUNK_SHIFT = 2;

/** Milliseconds that flushes and parsing may take before other events are looked at. */
const SLICE = 8;
/** Flushes between two looks at the clock. */
const LOOK_AT_CLOCK = 64;

/**
 * What waits for the end of the present turn of the event loop: frames to be written, and connections that
 * have used up their share. There is one for all connections of a thread, which has nothing to do while none
 * of them has.
 */
export class Turn {
  /** Frames that broadcasts of this turn have made; undefined where none has been made yet, as in most clients. */
  logs: BroadcastLogs | undefined = undefined;
  #flushes: Flushable[] = [];
  #flushed = 0;
  #waiting: Resumable[] = [];
  #resumed = 0;
  #failing: Failing[] = [];
  #failed = 0;
  #scheduled = false;
  /** Whose share {@link #left} is. */
  #current: Resumable | undefined;
  #left = 0;

  /** Whether outputs wait for the end of the turn: whoever joins them costs no write of its own. */
  get gathers(): boolean {
    return this.#flushes.length > 0;
  }

  /** Has `output` flushed when all sockets that have something to read have been read once. */
  flushLater(output: Flushable): void {
    this.#flushes.push(output);
    this.#schedule();
  }

  /** `receiver` is about to parse so many bytes. Its share lasts until another one parses. */
  beginChunk(receiver: Resumable, length: number): void {
    if (this.#current !== receiver) {
      this.#current = receiver;
      this.#left = this.#waiting.length > 0 ? CROWDED_BUDGET : BUDGET;
    }
    this.#left -= length >> CHUNK_SHIFT;
  }

  /**
   * Counts work of the one that is parsing.
   *
   * @returns whether it has used up its share, and must wait by {@link resumeLater}
   */
  spend(cost: number): boolean {
    this.#left -= cost;
    return this.#left < 0;
  }

  /** Has `receiver` go on in the next turn, with a new share. */
  resumeLater(receiver: Resumable): void {
    this.#current = undefined;
    this.#waiting.push(receiver);
    this.#schedule();
  }

  /** Has a peer told what it broke behind all else, a few at a time: those that keep the protocol go first. */
  failLater(connection: Failing): void {
    this.#failing.push(connection);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(run, this);
  }

  /** @internal */
  run(): void {
    this.#scheduled = false;
    const end = performance.now() + SLICE;
    try {
      if (this.#flush(end)) this.#resume(end);
      this.#fail(end);
    } finally {
      const left = this.#flushes.length + this.#waiting.length + this.#failing.length;
      if (left > 0) this.#schedule();
    }
  }

  /** @returns whether all have been flushed */
  #flush(end: number): boolean {
    const flushes = this.#flushes;
    // Those that come meanwhile are left for the next turn, as are their broadcasts.
    const count = flushes.length;
    while (this.#flushed < count) {
      const output = flushes[this.#flushed++]!;
      if (this.#flushed % LOOK_AT_CLOCK === 0 && performance.now() > end) {
        output.flush();
        return false;
      }
      output.flush();
    }
    this.#flushes = flushes.length > count ? flushes.slice(count) : [];
    this.#flushed = 0;
    if (this.#flushes.length === 0) this.logs?.retire();
    return true;
  }

  #resume(end: number): void {
    const waiting = this.#waiting;
    const count = waiting.length;
    while (this.#resumed < count && performance.now() < end) {
      waiting[this.#resumed++]!.resumeParsing();
    }
    if (this.#resumed < count) return;
    this.#waiting = waiting.slice(count);
    this.#resumed = 0;
  }

  /** At least one, or others that always have something left to do would keep these from ending. */
  #fail(end: number): void {
    const failing = this.#failing;
    const count = failing.length;
    if (count === 0) return;
    do failing[this.#failed++]!.goOnFailing();
    while (this.#failed < count && performance.now() < end);
    if (this.#failed < count) return;
    this.#failing = failing.slice(count);
    this.#failed = 0;
  }
}

function run(turn: Turn): void {
  turn.run();
}

/** That of this thread. */
export const turn = new Turn();
