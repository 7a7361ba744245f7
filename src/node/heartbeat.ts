/** What a heartbeat needs of its connection. */
export interface HeartbeatTarget {
  /** When the last byte came from the peer, by performance.now(). */
  readonly lastReceived: number;
  /** Whether this side does not read, so that silence says nothing about the peer. */
  readonly held: boolean;
  sendHeartbeat(): void;
  onDead(): void;
}

/**
 * Pings a peer that has been silent, and gives it up when it stays so. There is one timer, which
 * looks at the time of the last read when it fires, instead of being set anew at every read.
 */
export class Heartbeat {
  readonly #target: HeartbeatTarget;
  readonly #interval: number;
  readonly #timeout: number;
  /** When the ping was sent that has not been answered; 0 for none. */
  #pinged = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param interval and `timeout` in milliseconds */
  constructor(target: HeartbeatTarget, interval: number, timeout: number) {
    this.#target = target;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#wait(interval);
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
    const { lastReceived, held } = this.#target;
    if (held) {
      this.#pinged = 0;
      this.#wait(this.#interval);
    } else if (this.#pinged > lastReceived) {
      const left = this.#pinged + this.#timeout - now;
      if (left > 0) this.#wait(left);
      else this.#target.onDead();
    } else if (now - lastReceived < this.#interval) {
      this.#wait(this.#interval - (now - lastReceived));
    } else {
      this.#pinged = now;
      this.#target.sendHeartbeat();
      if (this.#timeout !== Number.POSITIVE_INFINITY) this.#wait(this.#timeout);
      else this.#wait(this.#interval);
    }
  }
}

function check(heartbeat: Heartbeat): void {
  heartbeat.check();
}
