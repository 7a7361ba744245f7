/** What a heartbeat listens to. */
export interface HeartbeatSource {
  /** When the last byte came from the peer, by performance.now(). */
  readonly lastReceived: number;
  /** Whether this side does not read, so that silence says nothing about the peer. */
  readonly held: boolean;
}

/** What a heartbeat tells its connection. */
export interface HeartbeatOwner {
  sendHeartbeat(): void;
  onDead(): void;
}

/**
 * Pings a peer that has been silent, and gives it up when it stays so. There is one timer, which
 * looks at the time of the last read when it fires, instead of being set anew at every read.
 */
export class Heartbeat {
  readonly #source: HeartbeatSource;
  readonly #owner: HeartbeatOwner;
  readonly #interval: number;
  readonly #timeout: number;
  /** When the ping was sent that has not been answered; 0 for none. */
  #pinged = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    source: HeartbeatSource,
    owner: HeartbeatOwner,
    settings: { readonly heartbeatInterval: number; readonly heartbeatTimeout: number },
  ) {
    this.#source = source;
    this.#owner = owner;
    this.#interval = settings.heartbeatInterval;
    this.#timeout = settings.heartbeatTimeout;
    this.#wait(this.#interval);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(check, Math.ceil(milliseconds), this);
  }

  /** @internal */
  check(): void {
    const now = performance.now();
    const { lastReceived, held } = this.#source;
    if (held) {
      this.#pinged = 0;
      this.#wait(this.#interval);
    } else if (this.#pinged > lastReceived) {
      const left = this.#pinged + this.#timeout - now;
      if (left > 0) this.#wait(left);
      else this.#owner.onDead();
    } else if (now - lastReceived < this.#interval) {
      this.#wait(this.#interval - (now - lastReceived));
    } else {
      this.#pinged = now;
      this.#owner.sendHeartbeat();
      if (this.#timeout !== Number.POSITIVE_INFINITY) this.#wait(this.#timeout);
      else this.#wait(this.#interval);
    }
  }
}

function check(heartbeat: Heartbeat): void {
  heartbeat.check();
}
