import type { Http2Options } from "../../src/index.ts";
import type { Figure } from "./figure.ts";
import type { Site } from "./site.ts";

/** Who is attacked: this library, or the one beside it. */
export type Library = "barewire" | "ws";

/** The program that is attacked: see victims/, which has a setup by each name. */
export interface VictimSpec {
  /** A server that the attack connects to, or a client that connects to the attack. */
  readonly side: "server" | "client";
  /** What the program does, by name. */
  readonly setup: string;
  /** Options of barewire's `Server` or `connect()`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The same for `ws`: of its `WebSocketServer` or `WebSocket`. */
  readonly wsOptions?: Readonly<Record<string, unknown>>;
  /** Whether the server has a TLS port beside its plain one. */
  readonly tls?: boolean;
  /** Whether its plain port takes HTTP/2, too, and with what options. */
  readonly http2?: boolean | Http2Options;
}

/** One attack, and what must hold while it runs. */
export interface Scenario {
  /** Name on the command line. */
  readonly id: string;
  /** What the attacker does, in a line. */
  readonly title: string;
  /** Whether it is part of `--fast`: it takes a few seconds and what it judges is no time. */
  readonly fast?: boolean;
  /** Whether `ws` is attacked beside it; false where ws has nothing of the kind. */
  readonly ws: boolean;
  readonly victim: VictimSpec;
  /** Most bytes by which the victim's resident memory may grow at any time. Default 64 MiB. */
  readonly maxMemory?: number;
  /** Whether a probe goes beside it, whose longest round trip is judged. Default: if it is a server. */
  readonly probed?: boolean;
  /** Seconds after which the attack is given up. Default 60. */
  readonly deadline?: number;
  /** Attacks, and tells what it found beyond what every scenario is asked. */
  attack(site: Site): Promise<readonly Figure[]>;
}
