/** `barewire connect --listen`: a server whose lines are typed, or come from a child process each. */

import type { Connection, UpgradeRequest } from "../../../index.ts";
import { EXIT } from "../../command-line.ts";
import { secretsOfField } from "../../dialing/secrets.ts";
import { peerName } from "../../places.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { Child } from "../conversation/child.ts";
import { converse } from "../conversation/conversation.ts";
import {
  failureOf,
  failureText,
  startPings,
  tellControlFrames,
  tellEnd,
} from "../conversation/ending.ts";
import { firstMessages, inputOf } from "../conversation/input.ts";
import { type Outgoing, type Side, Upcoming } from "../conversation/side.ts";
import { connectionDetails, requestLines } from "../details.ts";
import { Leaving } from "../leaving.ts";
import { CLOSE_TIMEOUT } from "../opening.ts";
import type { ListenPlace } from "../option-values.ts";
import type { ConnectOptions } from "../options.ts";
import { type AdmissionRules, acceptance, refusalOf } from "./admission.ts";
import { FanOut } from "./fan-out.ts";
import { admissionRules, ListenError, listen, makeServer } from "./listening.ts";

/**
 * Serves clients until the user leaves, the input has ended, or enough messages have come.
 *
 * @returns the exit code
 * @throws {UsageError}
 */
export async function runServer(
  options: ConnectOptions,
  place: ListenPlace,
  terminal: Terminal,
): Promise<number> {
  const rules = await admissionRules(options, place);
  terminal.hide(
    rules.authorization === undefined ? [] : secretsOfField("auth", rules.authorization),
  );
  const leaving = new Leaving();
  const guests = new Guests(options, rules, terminal, leaving);
  const server = makeServer(options, (request) => guests.serve(request), terminal);
  const shutdown = (): Promise<unknown> => server.shutdown({ timeout: CLOSE_TIMEOUT });
  leaving.watch({
    close: () => void shutdown(),
    terminate: () => process.exit(EXIT.failure),
  });
  try {
    terminal.tell(`listening on ${await listen(server, options, place)}`, "green");
    return await guests.run();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    terminal.complain(`barewire connect: ${error.message}`);
    return EXIT.failure;
  } finally {
    await shutdown();
    terminal.close();
    // Whatever is still to come of it is for nobody, and would keep the process alive.
    process.stdin.destroy();
  }
}

/** The clients that there are. */
class Guests {
  readonly #options: ConnectOptions;
  readonly #rules: AdmissionRules;
  readonly #terminal: Terminal;
  readonly #leaving: Leaving;
  readonly #input = new FanOut();
  readonly #first: readonly Outgoing[];
  readonly #talks = new Set<Promise<void>>();
  #count = 0;
  #received = 0;

  constructor(
    options: ConnectOptions,
    rules: AdmissionRules,
    terminal: Terminal,
    leaving: Leaving,
  ) {
    this.#options = options;
    this.#rules = rules;
    this.#terminal = terminal;
    this.#leaving = leaving;
    this.#first = firstMessages(options, terminal);
  }

  /** Resolves with the exit code when all is over. */
  async run(): Promise<number> {
    const left = new Promise<void>((resolve) => {
      this.#leaving.signal.addEventListener("abort", () => resolve());
    });
    let failure: unknown;
    try {
      await Promise.race([left, this.#pour()]);
    } catch (error) {
      failure = error;
      this.#terminal.complain(`barewire connect: ${failureText(error)}`);
    }
    await Promise.all(this.#talks);
    const { maxMessages } = this.#options;
    const isComplete = !Number.isFinite(maxMessages) || this.#received >= maxMessages;
    if (!isComplete) {
      this.#terminal.complain(
        `barewire connect: ${this.#received} of ${maxMessages} messages came`,
      );
    }
    return failure === undefined && isComplete ? EXIT.ok : EXIT.failure;
  }

  /** Gives the input to whoever is there, if it is for the clients at all. */
  async #pour(): Promise<void> {
    const { exec, readsInput } = this.#options;
    if (exec !== undefined || !readsInput) return await new Promise(() => {});
    const input = new Upcoming(inputOf(this.#options, this.#terminal, this.#leaving));
    await this.#input.pour(input, () => {
      this.#terminal.tell("nobody is there: it waits for the next client", "yellow");
    });
    await Promise.all(this.#talks);
  }

  /** Serves one request. */
  async serve(request: UpgradeRequest): Promise<void> {
    const peer = request.remoteAddress ?? "a Unix socket";
    const refusal = refusalOf(request, this.#rules);
    if (refusal !== undefined) {
      this.#terminal.complain(`refused a client at ${peer}: ${refusal}`, "yellow");
      return;
    }
    const ws = request.upgrade(acceptance(request, this.#rules));
    this.#count += 1;
    const talk = this.#talk(ws, request, String(this.#count));
    this.#talks.add(talk);
    try {
      await talk;
    } finally {
      this.#talks.delete(talk);
    }
  }

  async #talk(ws: Connection, request: UpgradeRequest, number: string): Promise<void> {
    const terminal = this.#terminal;
    const who = `client ${number} `;
    const protocol = ws.protocol === "" ? "" : `, subprotocol ${ws.protocol}`;
    terminal.tell(`${who}connected from ${peerName(ws)} to ${request.path}${protocol}`, "green");
    if (this.#options.verbose) {
      terminal.tell([...requestLines(request), ...connectionDetails(ws)].join("\n"));
      tellControlFrames(ws, terminal, who);
    }
    const stopPings = startPings(ws, this.#options.pingInterval, terminal, who);
    const { side, end } = this.#side(ws, request, number);
    try {
      const rules = { first: this.#first, wait: this.#options.wait, maxMessages: Infinity };
      const failure = failureOf(await converse(ws, side, rules));
      if (failure !== undefined) terminal.complain(`${who}${failure}`);
      await tellEnd(ws, terminal, who);
    } finally {
      stopPings();
      await end();
    }
  }

  /** This end of a connection: a child of its own, or its part of the one input that there is. */
  #side(
    ws: Connection,
    request: UpgradeRequest,
    number: string,
  ): { readonly side: Side; readonly end: () => void | Promise<void> } {
    const { exec } = this.#options;
    if (exec === undefined) {
      return this.#input.branch((message) => this.#onMessage(message, number));
    }
    const env = {
      BAREWIRE_PEER: peerName(ws),
      BAREWIRE_TARGET: request.target,
      BAREWIRE_SUBPROTOCOL: ws.protocol,
    };
    const child = new Child({ ...this.#options, command: exec, env });
    return { side: child, end: () => child.end() };
  }

  async #onMessage(message: string | Buffer, number: string): Promise<void> {
    await this.#terminal.print(message, number);
    this.#received += 1;
    if (this.#received >= this.#options.maxMessages) this.#leaving.interrupt();
  }
}
