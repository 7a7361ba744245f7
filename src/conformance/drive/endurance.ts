/** Wears a testee out, as a case says, and says what was seen. */

import { Line } from "../carrier/line.ts";
import type { EnduranceCase, Hands } from "../case.ts";
import type { Observation } from "../observation.ts";
import { KEY, rightRequest } from "../opening/handshake.ts";
import { textOf } from "../opening/head-changes.ts";
import { open, type Testee } from "../testee.ts";
import type { Head } from "../wire/head.ts";
import { openWebSocket } from "./open.ts";
import { RawConnection, type ServerHands } from "./raw-connection.ts";
import { Attempt } from "./sighting.ts";

const CONNECT_WAIT = 5000;

/** Longest wait for a client's next request, in milliseconds. */
const RETURN_WAIT = 30_000;

/** Resolves with whether the client makes another request within so many milliseconds. */
export type Returns = (wait: number) => Promise<boolean>;

/** Connections to a server, all of which are dropped at the end. */
class Connections implements ServerHands {
  readonly #testee: Testee;
  readonly #attempt: Attempt;
  readonly #open = new Set<RawConnection>();

  constructor(testee: Testee, attempt: Attempt) {
    this.#testee = testee;
    this.#attempt = attempt;
  }

  get request(): string {
    return textOf(rightRequest(this.#testee, KEY));
  }

  async connect(): Promise<RawConnection> {
    const socket = await open(this.#testee, CONNECT_WAIT);
    return this.#keep(new RawConnection(Line.over(socket, this.#attempt.recorder)));
  }

  async open(): Promise<RawConnection> {
    const { connection, opening } = await this.tryToOpen();
    if (opening.is !== "open") throw new Error("a right request was refused");
    return connection;
  }

  /** Connects and asks with a right request. */
  async tryToOpen(offer?: EnduranceCase["deflate"]) {
    // The first handshake is shown in the report, not the last.
    const known = this.#attempt.request !== "?";
    const attempt = known ? new Attempt(false, this.#attempt.recorder) : this.#attempt;
    const { deflate, line, opening } = await openWebSocket(this.#testee, offer, attempt);
    const connection = this.#keep(new RawConnection(line, NO_HEAD));
    return { connection, deflate, opening };
  }

  end(): void {
    for (const connection of this.#open) connection.abort();
  }

  #keep(connection: RawConnection): RawConnection {
    this.#open.add(connection);
    return connection;
  }
}

/** Stands in for the connection of a case that opens its own. */
const NO_CONNECTION = new RawConnection(
  new Line(() => ({ waiting: 0, send() {}, finish() {}, abort() {}, pause() {} })),
);

/** The head of an answer has been read already. */
const NO_HEAD: Head = { start: "", fields: [], raw: "" };

/** Plays the case against a server. Rejects when it cannot be reached. */
export async function wearOutServer(
  testee: Testee,
  testCase: EnduranceCase,
  attempt: Attempt,
  options: { readonly timeout: number; readonly watched: boolean },
): Promise<Partial<Observation>> {
  const server = new Connections(testee, attempt);
  const hands: Hands = { masked: true, watched: options.watched, server };
  try {
    if (testCase.bare) {
      const act = () => testCase.abuse(NO_CONNECTION, hands);
      return { opening: { is: "open" }, ...(await within(options.timeout, act)) };
    }
    const { connection, deflate, opening } = await server.tryToOpen(testCase.deflate);
    if (opening.is !== "open") return { opening, waited: opening.is === "silent" };
    if (testCase.deflate !== undefined && deflate === undefined) return { opening, agreed: "no" };
    return { opening, ...(await within(options.timeout, () => testCase.abuse(connection, hands))) };
  } finally {
    server.end();
  }
}

/** Plays the case on a client's connection, whose request has been answered or is not to be. */
export async function wearOutClient(
  line: Line,
  request: Head,
  testCase: EnduranceCase,
  timeout: number,
  returns: Returns,
): Promise<Partial<Observation>> {
  const connection = new RawConnection(line, request);
  const hands: Hands = { masked: false, watched: false, server: undefined };
  // The caller lets the socket read again first, which must not undo a pause of the case.
  await new Promise((resolve) => setImmediate(resolve));
  const seen = await within(timeout, () => testCase.abuse(connection, hands));
  const wait = Math.min(RETURN_WAIT, timeout);
  const back = returns(wait);
  connection.abort();
  const isBack = await back;
  const said = isBack
    ? `${seen.said} The client made its next request.`
    : `${seen.said} No request came within ${wait} ms.`;
  return { opening: { is: "open" }, ...seen, said, life: isBack ? "lives" : "hangs" };
}

/** What a script said, or that it could not, or took too long. */
async function within(
  timeout: number,
  act: () => Promise<string>,
): Promise<Partial<Observation> & { readonly said: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ said: string; waited: true }>((resolve) => {
    timer = setTimeout(
      () => resolve({ said: `Not done within ${timeout} ms.`, waited: true }),
      timeout,
    );
  });
  const done = act()
    .then((said) => ({ said }))
    .catch((error: Error) => ({ said: `${error.message}.` }));
  const seen = await Promise.race([done, late]);
  clearTimeout(timer);
  return seen;
}
