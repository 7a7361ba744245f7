import type { KeySource } from "../../protocol/frame-writer.ts";
import { Backlog, type BacklogTarget, giveBackMemory, type Piece } from "./backlog.ts";
import { type OnWritten, tellWaiters } from "./on-written.ts";

/** What an output writes to, and whom it tells. */
export interface OutputOwner extends BacklogTarget {
  /** The source of the keys that mask what is sent (client); undefined on a server. */
  readonly nextKey: KeySource | undefined;
  /** A write has not ended at once: something waits from now on, until {@link onEmpty}. */
  onPending(): void;
  /** Nothing waits any more, after {@link onPending}. */
  onEmpty(): void;
  /** Something holds memory behind a write that is under way. */
  onHeldChanged(): void;
}

/** Writes pieces to a stream, one write at a time: what comes while one is under way waits in a {@link Backlog}. */
export abstract class StreamWriter {
  readonly #owner: OutputOwner;
  /** While a write is under way. */
  #backlog: Backlog | undefined;

  constructor(owner: OutputOwner) {
    this.#owner = owner;
  }

  /** Whether a write is under way, which ends by the peer's reading. */
  get pending(): boolean {
    return this.#backlog !== undefined;
  }

  /** See `SendWatchTarget`. */
  get written(): number {
    return this.#backlog?.written ?? 0;
  }

  /**
   * Whether the system has all that was written, and only the end of the write has not been told: over TLS, Node
   * tells it a turn of the event loop later.
   */
  get taken(): boolean {
    if (this.#backlog === undefined) return true;
    const { stream, transport } = this.#owner;
    return this.#backlog.allUnderWay && transport.left(stream) === 0;
  }

  /** Writes what has been gathered, unless a write is under way. */
  abstract flush(): void;

  /** A write has ended. */
  onDrain(): void {
    if (this.#backlog === undefined || this.#backlog.goOn()) return;
    this.#backlog = undefined;
    this.flush();
    if (!this.pending) this.#owner.onEmpty();
  }

  /** Tells `waiter` once all that was written up to now is with the system, or never will be. */
  whenWritten(waiter: OnWritten): void {
    if (this.#backlog !== undefined) this.#backlog.wait(waiter);
    else tellWaiters([waiter]);
  }

  /**
   * Drops what waits behind the write under way: a peer that takes nothing holds too much.
   *
   * @param reason makes the error for those who wait for it
   */
  drop(reason: () => Error): void {
    this.#backlog?.drop(reason);
  }

  /** The connection has ended: nothing will be written any more. */
  end(reason: () => Error): void {
    this.drop(reason);
    this.#backlog?.end(reason);
    this.#backlog = undefined;
  }

  /** Bytes of memory of the write under way, and of what waits behind it. */
  protected get waiting(): number {
    return this.#backlog?.bytes ?? 0;
  }

  /** Writes a piece, or puts it behind the write under way. */
  protected write(piece: Piece): void {
    const { stream, transport } = this.#owner;
    if (this.#backlog !== undefined || piece.bytes.length > transport.largestWrite) {
      this.#putBehind([piece]);
    } else if (!transport.write(stream, piece.bytes, this.#owner)) {
      this.#waitFor([piece]);
    } else isWritten(piece);
  }

  /** The same for several, in one write where that can be. */
  protected writeTogether(pieces: readonly Piece[]): void {
    const { stream, transport } = this.#owner;
    const buffers = pieces.map(({ bytes }) => bytes);
    const large = buffers.some(({ length }) => length > transport.largestWrite);
    if (this.#backlog !== undefined || large) this.#putBehind(pieces);
    else if (!transport.writeAll(stream, buffers, this.#owner)) this.#waitFor(pieces);
    else for (const piece of pieces) isWritten(piece);
  }

  /** Behind the write under way; where there is none they are too large for one. */
  #putBehind(pieces: readonly Piece[]): void {
    const waits = this.pending;
    const backlog = this.#backlog ?? this.#waitFor([]);
    for (const piece of pieces) backlog.push(piece);
    this.#owner.onHeldChanged();
    if (waits || backlog.goOn()) return;
    this.#backlog = undefined;
    this.#owner.onEmpty();
  }

  /** A write was begun that has not ended. */
  #waitFor(pieces: readonly Piece[]): Backlog {
    const backlog = new Backlog(this.#owner);
    this.#backlog = backlog;
    backlog.began(pieces);
    this.#owner.onPending();
    return backlog;
  }
}

/** Bytes in memory of their own, which is nobody's to give back. */
export function ownPiece(bytes: Buffer): Piece {
  return { bytes, memory: bytes.length, lent: undefined, waiters: undefined };
}

function isWritten({ lent, waiters }: Piece): void {
  if (lent !== undefined) giveBackMemory(lent);
  if (waiters !== undefined) tellWaiters(waiters);
}
