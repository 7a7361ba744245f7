/** A client of the feed that judges what comes, beside doing what the page's client does. */

import { type ReconnectFailure, ReconnectingClient } from "../../src/index.ts";

/** What the server sends: a message with its id, or a position, which may be that behind a message. */
interface Received {
  readonly id?: number;
  readonly position?: unknown;
  readonly reload?: true;
}

/** One of many clients. */
export class Follower {
  readonly client: ReconnectingClient;
  /** The id of the last message before which none is missing. */
  last = 0;
  /** How often it was told that the history does not have all. */
  reloads = 0;
  /** Messages that came again although they were no part of the history. */
  repeated = 0;
  /** All that its client has noticed. */
  readonly failures: ReconnectFailure[] = [];
  readonly #early = new Set<number>();
  /** Messages up to this one may come once more, live: they were in the history too. */
  #overlap = Number.POSITIVE_INFINITY;
  #told: Received | undefined;

  constructor(url: string, firstDelay: number) {
    this.client = new ReconnectingClient(url, {
      firstDelay,
      // On a busy machine that says nothing of the server.
      handshakeTimeout: 60_000,
      onFailure: (failure) => void this.failures.push(failure),
      handler: {
        open: (ws) => {
          this.#overlap = Number.POSITIVE_INFINITY;
          return ws.send(JSON.stringify({ since: this.client.lastId }));
        },
        message: (_, data) => this.#receive(JSON.parse(String(data))),
      },
    });
  }

  /** Whether it has a connection, and all that was missed before. */
  get isUpToDate(): boolean {
    return this.client.state === "open" && this.#overlap < Number.POSITIVE_INFINITY;
  }

  /** Whether it tries to be that, and does not just wait. */
  get isOnItsWay(): boolean {
    return this.client.state !== "waiting" && !this.isUpToDate;
  }

  #receive(received: Received): void {
    const { id, position, reload } = received;
    if (reload) this.reloads++;
    else if (position === undefined) this.#take(id!);
    else {
      if (id === undefined) this.#overlap = this.last;
      this.#told = received;
    }
    if (this.#told !== undefined && (this.#told.id ?? 0) <= this.last) {
      this.client.lastId = this.#told.position;
    }
  }

  #take(id: number): void {
    if (id <= this.last || this.#early.has(id)) {
      if (id > this.#overlap) this.repeated++;
      return;
    }
    this.#early.add(id);
    while (this.#early.delete(this.last + 1)) this.last++;
  }
}
