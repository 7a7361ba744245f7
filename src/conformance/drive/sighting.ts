/** What is kept of one attempt at a case, for the verdict and for its report. */
import type { Observation } from "../observation.ts";
import { NOTHING_SEEN } from "../observation.ts";
import { Recorder } from "../wire/recorder.ts";
import type { Traffic } from "./sender.ts";

/** One attempt at a case, from its begin to its end. */
export interface Sighting {
  readonly seen: Observation;
  /** Begin, in ISO 8601. */
  readonly started: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds from the begin to the open WebSocket; `undefined` where none opened. */
  readonly opened: number | undefined;
  /** Whether the judge was the server. */
  readonly isServer: boolean;
  /** The opening handshake as it was sent and received. */
  readonly request: string;
  readonly response: string;
  readonly recorder: Recorder;
  /** Data on the wire of a case on compression. */
  readonly traffic: { readonly sent: Traffic; readonly got: Traffic } | undefined;
}

/** An attempt that is under way. */
export class Attempt {
  readonly recorder: Recorder;
  request = "?";
  response = "?";
  traffic: Sighting["traffic"];
  readonly isServer: boolean;
  readonly #started = new Date();
  readonly #began = performance.now();
  #opened: number | undefined;

  constructor(isServer: boolean, recorder: Recorder = new Recorder()) {
    this.isServer = isServer;
    this.recorder = recorder;
  }

  /** A WebSocket is open now. */
  open(): void {
    this.#opened ??= performance.now() - this.#began;
  }

  /** The attempt is over, and this was seen. */
  end(seen: Partial<Observation>): Sighting {
    const { isServer, recorder, request, response, traffic } = this;
    return {
      seen: { ...NOTHING_SEEN, ...seen },
      started: this.#started.toISOString(),
      duration: Math.round(performance.now() - this.#began),
      opened: this.#opened,
      isServer,
      request,
      response,
      recorder,
      traffic,
    };
  }
}
