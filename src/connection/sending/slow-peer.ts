import type { Output } from "./output.ts";
import type { SendQueue } from "./send-queue.ts";

/** What is asked and told where a peer does not keep up. */
export interface SlowPeerOwner {
  readonly output: Output;
  /** Messages that take time to send; undefined while there were none. */
  readonly queue: SendQueue | undefined;
  /** Whether TCP is gone. */
  readonly gone: boolean;
  /** @throws ConnectionClosedError unless frames may be sent */
  checkOpen(what: string): void;
  /** All that waited has gone, after `send` had returned a promise. */
  onDrained(): void;
}

/** What there is to remember of a peer that does not keep up, and who waits for it. */
export class SlowPeer {
  /** Messages that were dropped because the buffer was full. */
  dropped = 0;
  /** The Pong that it is owed: the one to its most recent Ping (RFC 6455 §5.5.3). */
  owedPong: Buffer | undefined;
  readonly #owner: SlowPeerOwner;
  /** Settled once nothing waits, when the owner is told; undefined while nobody waits for that. */
  #drained: Promise<void> | undefined;
  #empty: Promise<void> | undefined;
  #resolve: (() => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  constructor(owner: SlowPeerOwner) {
    this.#owner = owner;
  }

  /** Whether somebody waits for {@link empty}. */
  get awaited(): boolean {
    return this.#empty !== undefined;
  }

  /** Resolves when all bytes are with the system; rejects if the connection ends before. */
  get empty(): Promise<void> {
    if (this.#empty === undefined) {
      this.#empty = new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
      // Nobody has to await it: a rejection that nobody handles would end the process.
      this.#empty.catch(() => {});
    }
    return this.#empty;
  }

  /** Resolves once `sent` is settled and nothing waits any more, which the owner is told then. */
  drainedAfter(sent: Promise<void>): Promise<void> {
    if (this.#drained === undefined) {
      this.#drained = this.#tellDrained(sent);
      // Nobody has to await it.
      this.#drained.catch(() => {});
    }
    return this.#drained;
  }

  /** All bytes are with the system. */
  onEmpty(): void {
    this.#resolve?.();
    this.#forget();
  }

  /** The connection has ended. */
  end(error: Error): void {
    this.#reject?.(error);
    this.#forget();
  }

  #forget(): void {
    this.#empty = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  async #tellDrained(sent: Promise<void>): Promise<void> {
    const owner = this.#owner;
    // A message that could not be sent, such as a Blob that cannot be read, waits no more either.
    await sent.catch(() => {});
    while (!owner.gone) {
      // What was sent behind that may wait.
      if (owner.queue?.busy) await owner.queue.last;
      else if (!isFlushed(owner.output)) await this.empty.catch(() => {});
      else {
        this.#drained = undefined;
        owner.onDrained();
        return;
      }
    }
    owner.checkOpen("send");
  }
}

function isFlushed(output: Output): boolean {
  if (output.buffered > 0) output.flush();
  return output.buffered === 0;
}
