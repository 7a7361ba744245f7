/** Connects, once or again and again, and tells how that goes. */

import {
  ArgumentError,
  type Connection,
  ConnectionClosedError,
  connect,
  HandshakeError,
  type ReconnectFailure,
  reconnecting,
} from "../../index.ts";
import { UsageError } from "../command-line.ts";
import { type DialingPlan, failureText } from "../dialing/options.ts";
import { maskSecrets } from "../dialing/secrets.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { askedLines, connectionDetails, refusalLines, responseLines } from "./details.ts";

/** Milliseconds that the peer has to answer a Close: somebody is waiting. */
export const CLOSE_TIMEOUT = 5000;

/** Milliseconds: the first delay of `--reconnect` is up to this, and none is longer than that. */
const DELAYS = { firstDelay: 1000, maxDelay: 30_000 };

/** What the command line has about a connection. */
export interface OpeningOptions {
  /** Bytes. */
  readonly maxSize: number;
  readonly verbose: boolean;
  readonly reconnect: boolean;
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

/**
 * Connects to a server: one connection, or with `--reconnect` one behind the other. Why there is none, or
 * none any more, is told.
 *
 * @throws {UsageError} when it cannot be tried
 */
export async function* openings(
  plan: DialingPlan,
  options: OpeningOptions,
  terminal: Terminal,
): AsyncGenerator<Connection, void, void> {
  const { signal } = options;
  const attempts = new Attempts(plan, options, terminal);
  try {
    for await (const ws of options.reconnect ? attempts.again() : attempts.once()) {
      attempts.tellOpened(ws);
      yield ws;
    }
  } catch (error) {
    if (error instanceof ArgumentError) {
      throw new UsageError(maskSecrets(error.message, plan.secrets), { cause: error });
    }
    // How a connection has ended is told with it.
    if (error instanceof ConnectionClosedError) return;
    if (error instanceof HandshakeError) attempts.tellFailure(error);
    else if (signal.aborted) attempts.tellGivenUp();
    else throw error;
  }
}

/** The attempts to connect, and what is told of them. */
class Attempts {
  readonly #plan: DialingPlan;
  readonly #verbose: boolean;
  readonly #terminal: Terminal;
  readonly #dial: DialingPlan["options"];
  /** When the last one has begun. */
  #began = performance.now();
  /** What has been told already. */
  #told: unknown;

  constructor(plan: DialingPlan, { maxSize, verbose, signal }: OpeningOptions, terminal: Terminal) {
    this.#plan = plan;
    this.#verbose = verbose;
    this.#terminal = terminal;
    const limits = { closeTimeout: CLOSE_TIMEOUT, maxMessageSize: maxSize };
    this.#dial = { ...plan.options, ...limits, signal };
  }

  async *once(): AsyncGenerator<Connection, void, void> {
    yield await connect(this.#plan.url, this.#dial);
  }

  again(): AsyncIterable<Connection> {
    return reconnecting(this.#plan.url, {
      ...this.#dial,
      ...DELAYS,
      onAttempt: ({ delay, failure }) => {
        this.#began = performance.now() + delay;
        if (failure === undefined) return;
        this.#terminal.tell(`connecting again in ${(delay / 1000).toFixed(1)} s`, "yellow");
      },
      onFailure: ({ error }: ReconnectFailure) => {
        if (error instanceof HandshakeError) this.tellFailure(error);
        return undefined;
      },
    });
  }

  tellOpened(ws: Connection): void {
    const { shown, secrets, through } = this.#plan;
    const protocol = ws.protocol === "" ? "" : `, subprotocol ${ws.protocol}`;
    this.#terminal.tell(`connected to ${shown}${protocol}`, "green");
    if (!this.#verbose) return;
    const time = `connecting took ${(performance.now() - this.#began).toFixed(1)} ms`;
    const proxy = through === undefined ? "no proxy" : `through the proxy ${through}`;
    const handshake = [...askedLines(this.#plan), ...responseLines(ws, secrets)];
    this.#terminal.tell([time, proxy, ...connectionDetails(ws), ...handshake].join("\n"));
  }

  tellFailure(error: HandshakeError): void {
    if (error === this.#told) return;
    this.#told = error;
    const { secrets } = this.#plan;
    const answer = this.#verbose ? refusalLines(error, secrets) : [];
    if (answer.length > 0) this.#terminal.tell([...askedLines(this.#plan), ...answer].join("\n"));
    this.#terminal.complain(`barewire connect: ${failureText(error, secrets)}`);
  }

  tellGivenUp(): void {
    this.#terminal.complain("barewire connect: given up before there was a connection");
  }
}
