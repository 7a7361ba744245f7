/**
 * The order of messages where one of them takes time to send: a Blob that must be read first, or
 * a message in fragments, whose frames no other message may come between (RFC 6455 §5.4).
 */
export class SendQueue {
  /** Bytes of the messages that wait here, as far as they are known. */
  bytes = 0;
  #last: Promise<void> = Promise.resolve();
  readonly #rejects = new Set<(error: Error) => void>();

  /** Whether a message is being sent or waits, so that the next one has to wait as well. */
  get busy(): boolean {
    return this.#rejects.size > 0;
  }

  /** Resolves when everything that waits now is done; never rejects. */
  get last(): Promise<void> {
    return this.#last;
  }

  /**
   * Runs `send` when everything before it is done.
   *
   * @param bytes what counts as waiting until then
   * @returns what `send` returns; a rejection need not be handled
   */
  add(bytes: number, send: () => Promise<void> | undefined | void): Promise<void> {
    this.bytes += bytes;
    const sent = this.#last.then(() => {
      this.bytes -= bytes;
      return send();
    });
    let reject!: (error: Error) => void;
    const result = new Promise<void>((resolve, onReject) => {
      reject = onReject;
      sent.then(resolve, reject);
    });
    this.#rejects.add(reject);
    const onDone = () => void this.#rejects.delete(reject);
    // Not behind `sent`: of a message in fragments the next may never come, also when the connection ends.
    this.#last = result.then(onDone, onDone);
    return result;
  }

  /** Counts bytes as waiting until the promise is settled. */
  counted<T>(bytes: number, promise: Promise<T>): Promise<T> {
    this.bytes += bytes;
    return promise.finally(() => {
      this.bytes -= bytes;
    });
  }

  /** The connection has ended: what is under way or waits is not sent any more. */
  end(error: Error): void {
    for (const reject of this.#rejects) reject(error);
  }
}
