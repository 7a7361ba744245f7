import { isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { catchRejection } from "../../connection/user-code.ts";
import { decision } from "../../options/describe.ts";
import type { ServerSettings } from "../options.ts";
import { plainAddress } from "./address-list.ts";
import { ConnectionRate } from "./connection-rate.ts";

/** Why a socket is not admitted, and how it is answered where it is. */
export interface AdmissionRefusal {
  /** See `RefusedHandshake`. */
  readonly code: string;
  readonly status: 503 | 429;
  readonly message: string;
}

const FULL: AdmissionRefusal = {
  code: "TOO_MANY_CONNECTIONS",
  status: 503,
  message: "there are too many connections",
};
const TOO_MANY: AdmissionRefusal = {
  code: "TOO_MANY_FROM_ADDRESS",
  status: 429,
  message: "there are too many connections from this address",
};
const TOO_FAST: AdmissionRefusal = {
  code: "RATE_OF_ADDRESS",
  status: 429,
  message: "there are too many new connections from this address",
};
const UNWELCOME: AdmissionRefusal = {
  code: "NOT_ADMITTED",
  status: 429,
  message: "this address is not admitted",
};

/** Decides who may come in, and counts who is there. What is not limited is not counted. */
export class Admission {
  readonly #settings: ServerSettings;
  readonly #onUserError: (error: unknown) => void;
  readonly #rate: ConnectionRate | undefined;
  /** Open connections by address, see {@link keyOf}. */
  readonly #counts = new Map<string, number>();
  /** The address that each stream is counted for. */
  readonly #counted = new WeakMap<Duplex, string>();
  #open = 0;
  /** One for all streams, which is its `this`. */
  readonly #onClose: () => void;
  readonly #onCountedClose: (this: Duplex) => void;

  /** @param onUserError is told what `admit` throws, or that it returned what is no answer */
  constructor(settings: ServerSettings, onUserError: (error: unknown) => void) {
    this.#settings = settings;
    this.#onUserError = onUserError;
    const { maxConnectionRatePerAddress: rate } = settings;
    this.#rate = rate === Number.POSITIVE_INFINITY ? undefined : new ConnectionRate(rate);
    this.#onClose = () => void this.#open--;
    const uncount = (stream: Duplex) => this.#uncount(stream);
    this.#onCountedClose = function (this: Duplex) {
      uncount(this);
    };
  }

  /** Whether addresses are asked for. */
  get asks(): boolean {
    const { admit, maxConnectionsPerAddress } = this.#settings;
    if (admit !== undefined || this.#rate !== undefined) return true;
    return maxConnectionsPerAddress !== Number.POSITIVE_INFINITY;
  }

  /** Why there is no room for another socket, undefined where there is. */
  get full(): AdmissionRefusal | undefined {
    return this.#open >= this.#settings.maxConnections ? FULL : undefined;
  }

  /** Counts a socket, until it is closed. */
  count(socket: Duplex): void {
    if (this.#settings.maxConnections === Number.POSITIVE_INFINITY) return;
    this.#open++;
    socket.once("close", this.#onClose);
  }

  /**
   * Asks whether there is room for another connection of an address, and whether it is welcome; counts it
   * then, until the stream is closed.
   *
   * @param address undefined for a Unix socket, of which there is no count
   */
  admitAddress(stream: Duplex, address: string | undefined): AdmissionRefusal | undefined {
    const { maxConnectionsPerAddress: most } = this.#settings;
    const isLimited = most !== Number.POSITIVE_INFINITY || this.#rate !== undefined;
    const key = address === undefined || !isLimited ? undefined : keyOf(address);
    if (key !== undefined) {
      if ((this.#counts.get(key) ?? 0) >= most) return TOO_MANY;
      if (this.#rate?.take(key) === false) return TOO_FAST;
    }
    if (!this.#isWelcome(address)) return UNWELCOME;
    if (key !== undefined && most !== Number.POSITIVE_INFINITY) this.#countFor(stream, key);
    return undefined;
  }

  #countFor(stream: Duplex, key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#counted.set(stream, key);
    stream.once("close", this.#onCountedClose);
  }

  #uncount(stream: Duplex): void {
    const key = this.#counted.get(stream) ?? "";
    const left = (this.#counts.get(key) ?? 1) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }

  #isWelcome(address: string | undefined): boolean {
    const { admit } = this.#settings;
    if (admit === undefined) return true;
    try {
      const admitted: unknown = admit(address);
      catchRejection(admitted, (error) => this.#onUserError(error));
      return decision("admit", admitted);
    } catch (error) {
      this.#onUserError(error);
      return false;
    }
  }
}

/**
 * What counts as one address: an IPv4 address, or the first 64 bits of an IPv6 address, since whoever has one
 * of these has all behind them (RFC 4291 §2.5.4).
 */
function keyOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [before = "", behind] = plain.split("::");
  const first = before === "" ? [] : before.split(":");
  const last = behind === undefined || behind === "" ? [] : behind.split(":");
  const zeros = Array.from({ length: Math.max(8 - first.length - last.length, 0) }, () => "0");
  const groups = [...first, ...zeros, ...last].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}
