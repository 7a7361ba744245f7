import { WebSocketError } from "../../errors.ts";

interface Waiting {
  readonly payload: string;
  readonly sent: number;
  resolve(milliseconds: number): void;
  reject(error: Error): void;
}

/** Gets the payload of a Ping or Pong of the peer's. */
export type PingListener = (payload: Buffer) => unknown;

/** Most pings of a connection that may wait for their Pong. */
const MOST_WAITING = 1024;

/** Pings that wait for their Pong, and who wants to hear of the peer's (RFC 6455 §5.5.2, §5.5.3). */
export class Pings {
  /** In the order in which they were sent. */
  readonly #waiting = new Set<Waiting>();
  /** The same by payload, so that a Pong finds its Ping at once. */
  readonly #byPayload = new Map<string, Waiting[]>();
  #count = 0;
  readonly #listeners = { ping: new Set<PingListener>(), pong: new Set<PingListener>() };

  /** Who is to hear of each Ping or Pong. */
  listeners(what: "ping" | "pong"): ReadonlySet<PingListener> {
    return this.#listeners[what];
  }

  /** @returns takes the listener away again */
  listen(what: "ping" | "pong", listener: PingListener): () => void {
    // A function of its own, so that whoever listens twice is told twice.
    const own: PingListener = (payload) => listener(payload);
    this.#listeners[what].add(own);
    return () => void this.#listeners[what].delete(own);
  }

  /** A payload that no other ping of this connection has. */
  nextPayload(): Buffer {
    this.#count++;
    return Buffer.from(String(this.#count));
  }

  /** @throws WebSocketError if too many wait already */
  checkRoom(): void {
    if (this.#waiting.size < MOST_WAITING) return;
    throw new WebSocketError(
      "TOO_MANY_PINGS",
      `${MOST_WAITING} pings of this connection wait for their Pong already`,
    );
  }

  /** Waits for the Pong to a Ping that is being sent now. Resolves with milliseconds. */
  wait(payload: Uint8Array): Promise<number> {
    const promise = new Promise<number>((resolve, reject) => {
      const ping = { payload: keyOf(payload), sent: performance.now(), resolve, reject };
      this.#waiting.add(ping);
      const same = this.#byPayload.get(ping.payload);
      if (same === undefined) this.#byPayload.set(ping.payload, [ping]);
      else same.push(ping);
    });
    // Nobody has to await a Pong: a rejection that nobody handles would end the process.
    promise.catch(() => {});
    return promise;
  }

  /** A Pong has come. It may answer the latest of several Pings alone (§5.5.3). */
  onPong(payload: Buffer): void {
    const answered = this.#byPayload.get(keyOf(payload))?.[0];
    if (answered === undefined) return;
    const now = performance.now();
    for (const ping of this.#waiting) {
      this.#forget(ping);
      ping.resolve(now - ping.sent);
      if (ping === answered) return;
    }
  }

  /** The connection has ended. */
  end(error: Error): void {
    for (const ping of this.#waiting) ping.reject(error);
    this.#waiting.clear();
    this.#byPayload.clear();
  }

  /** The first with its payload, as they are forgotten in their order. */
  #forget(ping: Waiting): void {
    this.#waiting.delete(ping);
    const same = this.#byPayload.get(ping.payload)!;
    if (same.length === 1) this.#byPayload.delete(ping.payload);
    else same.shift();
  }
}

function keyOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("latin1");
}
