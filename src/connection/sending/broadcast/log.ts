import { LARGEST_SLAB, releaseSlab, SMALLEST_SLAB, takeSlab } from "../slabs.ts";

/**
 * The frames that are broadcast to one set of recipients in a turn of the event loop, one behind the
 * other. A recipient that is sent nothing else holds only a range of it, and all with the same range are
 * written from the same bytes: that takes 0.11 to 0.37 µs for each delivery, where copying every frame to every
 * recipient takes 0.43 (docs/performance.md).
 */
export class BroadcastLog {
  #buffer: Buffer;
  #end = 0;
  /** Whether a write that has not ended reads the buffer, which then is left to it. */
  #left = false;

  constructor() {
    this.#buffer = takeSlab(SMALLEST_SLAB);
  }

  /**
   * Makes room for a frame and has it written.
   *
   * @param most bytes that the frame takes at most
   * @param write writes it at `target[offset]` and returns the offset behind it
   * @returns undefined if there is no room for it in this log
   */
  append(most: number, write: (target: Buffer, offset: number) => number): LogRange | undefined {
    const from = this.#end;
    if (from + most > LARGEST_SLAB) return undefined;
    if (from + most > this.#buffer.length) this.#grow(from + most);
    this.#end = write(this.#buffer, from);
    return new LogRange(this, from, this.#end);
  }

  /** @internal */
  view(from: number, to: number): Buffer {
    return this.#buffer.subarray(from, to);
  }

  /** @internal Whether `view` still is a view of the buffer. */
  has(view: Buffer): boolean {
    return view.buffer === this.#buffer.buffer;
  }

  /** Bytes of memory. */
  get size(): number {
    return this.#buffer.length;
  }

  /** Whether a write of so many bytes that does not end at once would hold more than twice as many. */
  isLargeFor(bytes: number): boolean {
    return this.#buffer.length > Math.max(2 * bytes, SMALLEST_SLAB);
  }

  /** A write is reading the buffer, and will for a while. */
  leave(): void {
    this.#left = true;
  }

  /** Nobody has a range of it any more. */
  end(): void {
    this.#giveBack();
  }

  #grow(size: number): void {
    const wide = takeSlab(size);
    this.#buffer.copy(wide, 0, 0, this.#end);
    this.#giveBack();
    this.#buffer = wide;
    this.#left = false;
  }

  #giveBack(): void {
    if (!this.#left) releaseSlab(this.#buffer);
  }
}

/** Some frames of a log that lie behind each other: what one or many recipients are to be sent. */
export class LogRange {
  readonly log: BroadcastLog;
  readonly from: number;
  readonly to: number;
  #view: Buffer | undefined;
  /** The last that this one became by a further frame: most recipients take the same step. */
  #longer: LogRange | undefined;

  constructor(log: BroadcastLog, from: number, to: number) {
    this.log = log;
    this.from = from;
    this.to = to;
  }

  /** Bytes. */
  get length(): number {
    return this.to - this.from;
  }

  /** Its bytes, until the end of the turn. */
  get bytes(): Buffer {
    if (this.#view === undefined || !this.log.has(this.#view)) {
      this.#view = this.log.view(this.from, this.to);
    }
    return this.#view;
  }

  /** This range and `next`, if that lies right behind it. */
  joined(next: LogRange): LogRange | undefined {
    if (next.from !== this.to || next.log !== this.log) return undefined;
    if (this.#longer?.to !== next.to) this.#longer = new LogRange(this.log, this.from, next.to);
    return this.#longer;
  }
}

/** The logs of a turn. */
export class BroadcastLogs {
  /** By the set of recipients, as the user names it. */
  readonly #logs = new Map<object, BroadcastLog>();
  /** Those that are full. */
  readonly #full: BroadcastLog[] = [];

  /** Appends a frame to the log for these recipients; see {@link BroadcastLog.append}. */
  append(
    recipients: object,
    most: number,
    write: (target: Buffer, offset: number) => number,
  ): LogRange {
    const log = this.#logs.get(recipients);
    const range = log?.append(most, write);
    if (range !== undefined) return range;
    if (log !== undefined) this.#full.push(log);
    const next = new BroadcastLog();
    this.#logs.set(recipients, next);
    return next.append(most, write)!;
  }

  /** No output has a range any more. */
  retire(): void {
    for (const log of this.#logs.values()) log.end();
    for (const log of this.#full.splice(0)) log.end();
    this.#logs.clear();
  }
}
