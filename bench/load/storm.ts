import { between, now, sleep } from "./clock.ts";
import { findResponseFault, KEY_COUNT, makeRequests } from "./handshake.ts";
import type { LoadResult, StormJob } from "./job.ts";
import type { Connection, Handler, Transport } from "./transport.ts";

const END_DEADLINE_MS = 5000;

/** A storm of new connections: each is opened, answered, checked and dropped. */
export class StormLoad implements Handler {
  readonly #job: StormJob;
  readonly #transport: Transport;
  readonly #requests: Uint8Array[];
  readonly #failure: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #running = true;
  #open = 0;
  #started = 0;
  #answered = 0;
  #received = 0;

  constructor(job: StormJob, transport: Transport) {
    this.#job = job;
    this.#transport = transport;
    this.#requests = makeRequests(job.port);
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => {});
  }

  /** Runs the job. */
  async run(): Promise<LoadResult> {
    for (let i = 0; i < this.#job.inFlight; i++) this.#connect();
    return await Promise.race([this.#measure(), this.#failure]);
  }

  async #measure(): Promise<LoadResult> {
    const { warmUp, duration, pid } = this.#job;
    await sleep(warmUp);
    const before = this.#answered;
    const start = now(pid);
    await sleep(duration);
    const end = now(pid);
    const count = this.#answered - before;
    this.#running = false;
    const deadline = performance.now() + END_DEADLINE_MS;
    while (this.#open > 0 && performance.now() < deadline) await sleep(5);
    return {
      count,
      ...between(start, end),
      bytesPerCount: 0,
      verified: { compared: this.#received, received: this.#received },
    };
  }

  #connect(): void {
    this.#open += 1;
    this.#transport.connect(this.#job.port, this.#job.tls, this);
  }

  open(connection: Connection): void {
    connection.state.key = this.#started++ % KEY_COUNT;
    connection.write(this.#requests[connection.state.key]!);
  }

  data(connection: Connection, chunk: Buffer): void {
    const { state } = connection;
    if (state.head === undefined) return;
    this.#received += chunk.length;
    state.head += chunk.toString("latin1");
    if (!state.head.endsWith("\r\n\r\n")) return;
    const fault = findResponseFault(state.head, state.key, this.#job.mirror);
    if (fault !== undefined) this.#fail(new Error(fault));
    state.head = undefined;
    this.#answered += 1;
    connection.destroy();
    if (this.#running) this.#connect();
  }

  close(connection: Connection, error: Error | undefined): void {
    this.#open -= 1;
    if (connection.state.head !== undefined) {
      const cause = error === undefined ? "" : `: ${error.message}`;
      this.#fail(new Error(`a connection ended before its handshake was answered${cause}`));
    }
  }
}
