/** What a heartbeat watches: a connection. */
export interface HeartbeatTarget {
  /** When the last byte came from the peer, by {@link now}. */
  readonly lastReceived: number;
  /** Whether this side does not read, so that silence says nothing about the peer. */
  readonly held: boolean;
  /** Pings the peer; not called while it is {@link held}. */
  sendHeartbeat(): void;
  onDead(): void;
}

/** A timer is set for the peer that is due first, but not more often than this many times. */
const CHECKS_PER_INTERVAL = 50;

/**
 * `performance.now()` in whole milliseconds: a number with a fraction takes 16 bytes beside its object,
 * one without only from 2^31 on, after 24 days.
 */
export function now(): number {
  return Math.floor(performance.now());
}

/**
 * Pings peers that have been silent, and gives them up when they stay so. One timer serves all the
 * connections of a route and looks at the time of their last read when it fires: a timer for each
 * would cost an idle connection a third of a kilobyte.
 */
export class Heartbeat {
  readonly #interval: number;
  readonly #timeout: number;
  readonly #targets = new Set<HeartbeatTarget>();
  /** When each that has not answered, as far as is known, was sent a ping. */
  readonly #pinged = new Map<HeartbeatTarget, number>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param interval milliseconds of silence before a ping, finite; pings may be late by a fiftieth
   * @param timeout milliseconds of silence after it
   */
  constructor(interval: number, timeout: number) {
    this.#interval = interval;
    this.#timeout = timeout;
  }

  add(target: HeartbeatTarget): void {
    this.#targets.add(target);
    // A timer that is set already fires within the interval.
    this.#timer ??= setTimeout(check, this.#interval, this);
  }

  remove(target: HeartbeatTarget): void {
    this.#targets.delete(target);
    this.#pinged.delete(target);
    if (this.#targets.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @internal */
  checkAll(): void {
    const time = now();
    let next = this.#interval;
    for (const target of this.#targets) next = Math.min(next, this.#check(target, time));
    if (this.#targets.size === 0) return;
    const wait = Math.max(next, this.#interval / CHECKS_PER_INTERVAL);
    this.#timer = setTimeout(check, Math.ceil(wait), this);
  }

  /** Returns the milliseconds until the target must be looked at again. */
  #check(target: HeartbeatTarget, time: number): number {
    const { lastReceived, held } = target;
    const pinged = this.#pinged.get(target);
    if (held) {
      this.#pinged.delete(target);
      return this.#interval;
    }
    if (pinged !== undefined && pinged > lastReceived) {
      const left = pinged + this.#timeout - time;
      if (left > 0) return left;
      // After one look at what has arrived: this process may have been busy, not the peer silent.
      setImmediate(() => {
        if (pinged > target.lastReceived && this.#pinged.has(target)) target.onDead();
      });
      return this.#interval;
    }
    this.#pinged.delete(target);
    const left = lastReceived + this.#interval - time;
    if (left > 0) return left;
    this.#pinged.set(target, time);
    target.sendHeartbeat();
    return this.#timeout;
  }
}

function check(heartbeat: Heartbeat): void {
  heartbeat.checkAll();
}
