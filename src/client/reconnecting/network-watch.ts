/** Notices when the network of this machine seems to be back, as far as that can be known. */

import { networkInterfaces } from "node:os";

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/** Milliseconds by which the clocks differ behind a sleep. Busy processes are late by less. */
const SLEPT = 5000;

/** What is looked at. */
export interface NetworkState {
  /** The addresses of this machine that others can reach. */
  addresses(): readonly string[];
  /** Time of day in milliseconds, which goes on while the machine sleeps. */
  wallClock(): number;
  /** Milliseconds that on some systems stand still while the machine sleeps. */
  runningClock(): number;
}

/**
 * Calls its listeners when this machine has got an address that it had not, or has been asleep. There is no
 * event for either in Node, so it looks once a second while there are listeners. That keeps no process
 * running. A clock that is set makes it call them without need, which costs an attempt.
 */
export class NetworkWatch {
  readonly #state: NetworkState;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #known = new Set<string>();
  #wall = 0;
  #running = 0;

  constructor(state: NetworkState) {
    this.#state = state;
  }

  add(listener: () => void): void {
    this.#listeners.add(listener);
    if (this.#timer !== undefined) return;
    this.#look();
    this.#timer = setInterval(() => this.#onTick(), INTERVAL).unref();
  }

  remove(listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #onTick(): void {
    if (!this.#look()) return;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Returns whether what is seen now is the network coming back. */
  #look(): boolean {
    const addresses = this.#state.addresses();
    const isNew = addresses.some((address) => !this.#known.has(address));
    this.#known = new Set(addresses);
    const wall = this.#state.wallClock();
    const running = this.#state.runningClock();
    const passed = Math.max(wall - this.#wall, running - this.#running);
    this.#wall = wall;
    this.#running = running;
    return isNew || passed > INTERVAL + SLEPT;
  }
}

/** The one of this machine: thousands of clients look once. */
export const networkWatch = new NetworkWatch({
  addresses: reachableAddresses,
  wallClock: () => Date.now(),
  runningClock: () => performance.now(),
});

function reachableAddresses(): string[] {
  try {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    return all.filter(({ internal }) => !internal).map(({ address }) => address);
  } catch {
    // Some systems do not tell, or forbid to ask.
    return [];
  }
}
