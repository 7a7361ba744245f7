/** What a heartbeat watches: a connection. */
export interface HeartbeatTarget {
  /** When the last byte came from the peer, by {@link now}. */
  readonly lastReceived: number;
  /** Whether its silence is judged: not while the connection is closing. */
  readonly pinged: boolean;
  /** Whether this side reads, so that silence says something about the peer. */
  readonly listens: boolean;
  /** Whether the peer cannot answer before it has sent more, or has not taken what was sent before. */
  readonly hindered: boolean;
  /** Pings the peer. */
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
 * Pings peers that have been silent, and gives them up when no Pong comes (RFC 6455 §5.5.2: it must, as
 * soon as is practical). Any other byte is no answer: a peer that sends one now and then and reads nothing would
 * be kept for ever. A connection that is not read is pinged too, so that the system notices a peer
 * that has gone.
 *
 * One timer serves all the connections of a route and looks at the time of their last read when it fires:
 * a timer for each would cost an idle connection a third of a kilobyte.
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
   * @param timeout milliseconds until its Pong
   */
  constructor(interval: number, timeout: number) {
    this.#interval = interval;
    this.#timeout = timeout;
  }

  add(target: HeartbeatTarget): void {
    this.#targets.add(target);
    // A timer that is set already fires within the interval.
    if (this.#timer === undefined) this.#wait(this.#interval);
  }

  remove(target: HeartbeatTarget): void {
    this.#targets.delete(target);
    this.#pinged.delete(target);
    if (this.#targets.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A Pong has come. */
  onPong(target: HeartbeatTarget): void {
    this.#pinged.delete(target);
  }

  /** @internal */
  checkAll(): void {
    const time = now();
    let next = this.#interval;
    for (const target of this.#targets) next = Math.min(next, this.#check(target, time));
    if (this.#targets.size > 0) this.#wait(next);
  }

  #wait(milliseconds: number): void {
    const wait = Math.max(milliseconds, this.#interval / CHECKS_PER_INTERVAL);
    this.#timer = setTimeout(check, Math.ceil(wait), this);
    // The connections hold the process, unless they are told not to.
    this.#timer.unref();
  }

  /** Returns the milliseconds until the target must be looked at again. */
  #check(target: HeartbeatTarget, time: number): number {
    const pinged = this.#pinged.get(target);
    if (!target.pinged) {
      this.#pinged.delete(target);
      return this.#interval;
    }
    if (pinged === undefined) return this.#pingIfSilent(target, target.lastReceived, time);
    // Nobody is judged by silence that this side has not listened to.
    if (!target.listens) return this.#pingIfSilent(target, pinged, time);
    const left = pinged + this.#timeout - time;
    if (left > 0) return left;
    if (!target.hindered) this.#lookAgain(target, pinged);
    return this.#interval / CHECKS_PER_INTERVAL;
  }

  #pingIfSilent(target: HeartbeatTarget, since: number, time: number): number {
    const left = since + this.#interval - time;
    if (left > 0) return left;
    this.#pinged.set(target, time);
    target.sendHeartbeat();
    return this.#timeout;
  }

  /** Looks at what has arrived first: this process may have been busy or stopped, not the peer silent. */
  #lookAgain(target: HeartbeatTarget, pinged: number): void {
    const { lastReceived } = target;
    setImmediate(() => {
      const silent = target.lastReceived === lastReceived && target.listens;
      if (silent && this.#pinged.get(target) === pinged) target.onDead();
    });
  }
}

function check(heartbeat: Heartbeat): void {
  heartbeat.checkAll();
}
