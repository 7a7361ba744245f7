interface Waiting {
  readonly payload: string;
  readonly sent: number;
  resolve(milliseconds: number): void;
  reject(error: Error): void;
}

/** Pings that wait for their Pong (RFC 6455 §5.5.2, §5.5.3). */
export class Pings {
  #waiting: Waiting[] = [];
  #count = 0;

  /** A payload that no other ping of this connection has. */
  nextPayload(): Buffer {
    this.#count++;
    return Buffer.from(String(this.#count));
  }

  /** Waits for the Pong to a Ping that is being sent now. Resolves with milliseconds. */
  wait(payload: Uint8Array): Promise<number> {
    const promise = new Promise<number>((resolve, reject) => {
      this.#waiting.push({ payload: keyOf(payload), sent: performance.now(), resolve, reject });
    });
    // Nobody has to await a Pong: a rejection that nobody handles would end the process.
    promise.catch(() => {});
    return promise;
  }

  /** A Pong has come. It may answer the latest of several Pings alone (§5.5.3). */
  onPong(payload: Buffer): void {
    const key = keyOf(payload);
    const at = this.#waiting.findIndex((ping) => ping.payload === key);
    const now = performance.now();
    for (const ping of this.#waiting.splice(0, at + 1)) ping.resolve(now - ping.sent);
  }

  /** The connection has ended. */
  end(error: Error): void {
    for (const ping of this.#waiting.splice(0)) ping.reject(error);
  }
}

function keyOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("latin1");
}
