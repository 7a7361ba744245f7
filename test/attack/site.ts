import { Opened } from "../client/raw-server.ts";
import { RawPeer } from "../raw-peer.ts";
import { Attacker } from "./attacker.ts";
import { Http2Attacker } from "./http2-attacker.ts";
import type { ProbeProcess } from "./probe-process.ts";
import type { Library } from "./scenario.ts";
import type { Memory, Victim } from "./victim.ts";

/** Where an attack takes place: the victim, and all that the attack opens. */
export class Site {
  readonly library: Library;
  readonly victim: Victim;
  /** Whether this is a run of `--fast`, in which attacks are smaller. */
  readonly fast: boolean;
  /** Servers of the attack, for victims that are clients. */
  readonly servers = new Opened();
  readonly #probe: ProbeProcess;
  readonly #attackers: Attacker[] = [];
  readonly #peers: RawPeer[] = [];

  constructor(library: Library, victim: Victim, probe: ProbeProcess, fast: boolean) {
    this.library = library;
    this.victim = victim;
    this.#probe = probe;
    this.fast = fast;
  }

  /** `full`, or `small` in a run of `--fast`. */
  size(full: number, small: number): number {
    return this.fast ? small : full;
  }

  /** The victim's memory behind a collection, for which nobody is to have waited. */
  async memory(): Promise<Memory> {
    return await this.#probe.silentFor(() => this.victim.memory());
  }

  /** A TCP connection to the victim, or one of TLS to its TLS port. */
  async connect(tls = false): Promise<Attacker> {
    const { port, tlsPort } = this.victim;
    return this.#keep(await Attacker.connect(tls ? tlsPort : port, tls));
  }

  /** A connection of mere TCP, to a TLS port too. */
  async connectTo(port: number): Promise<Attacker> {
    return this.#keep(await Attacker.connect(port));
  }

  /** A session of HTTP/2 with the victim. */
  async session(...settings: readonly (readonly [id: number, value: number])[]) {
    return await Http2Attacker.begin(await this.connect(), ...settings);
  }

  /**
   * An open WebSocket.
   *
   * @throws Error where the victim does not open it
   */
  async open(
    path = "/",
    headers: Readonly<Record<string, string | undefined>> = {},
    tls = false,
  ): Promise<Attacker> {
    const attacker = await this.connect(tls);
    const status = await attacker.upgrade(path, headers);
    if (status !== 101) throw new Error(`the victim answered ${status} to an upgrade`);
    return attacker;
  }

  /** So many of them, some at a time. */
  async crowd(
    count: number,
    path = "/",
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Attacker[]> {
    return await inGroups(count, 50, () => this.open(path, headers));
  }

  /** A connection whose frames the attack reads. */
  async peer(): Promise<RawPeer> {
    const peer = await RawPeer.connect({ port: this.victim.port, host: "127.0.0.1" });
    this.#peers.push(peer);
    return peer;
  }

  #keep(attacker: Attacker): Attacker {
    this.#attackers.push(attacker);
    return attacker;
  }

  /** Leaves: destroys all that the attack has opened. */
  async leave(): Promise<void> {
    for (const attacker of this.#attackers) attacker.destroy();
    for (const peer of this.#peers) peer.destroy();
    await this.servers.close();
  }
}

/** Calls `make` so many times, `size` of them side by side. */
export async function inGroups<T>(
  count: number,
  size: number,
  make: (index: number) => Promise<T>,
): Promise<T[]> {
  const made: T[] = [];
  for (let start = 0; start < count; start += size) {
    const group = Array.from({ length: Math.min(size, count - start) }, (_, i) => make(start + i));
    made.push(...(await Promise.all(group)));
  }
  return made;
}

/** Resolves after so many ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whether `condition` came to hold within so many ms. */
export async function comes(
  condition: () => boolean | Promise<boolean>,
  ms: number,
): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await pause(10);
  }
  return true;
}
