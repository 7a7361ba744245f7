import { fileURLToPath } from "node:url";
import { LineProcess } from "../../bench/measuring/processes.ts";
import type { Probed } from "./probe.ts";

const PROBE = fileURLToPath(new URL("probe.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");
/** A round trip may take long where the victim hangs: that is what is to be found out. */
const ANSWER_MS = 120_000;

/** The process of the probe, see probe.ts. */
export class ProbeProcess {
  readonly #process = new LineProcess([process.execPath, "--import", TSX, PROBE], undefined);
  #begun = false;

  /** Begins to talk to a victim. */
  async begin({ port, pid }: { port: number; pid: number }): Promise<void> {
    await this.#ask({ do: "begin", port, pid });
    this.#begun = true;
  }

  /** Is silent while `work` is done, which takes the victim its time. */
  async silentFor<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#begun) return await work();
    await this.#ask({ do: "hold" });
    const result = await work();
    await this.#ask({ do: "go on" });
    return result;
  }

  /** Ends the talk, and returns what was found. The round trip under way is waited for. */
  async end(): Promise<Probed> {
    this.#begun = false;
    return await this.#ask<Probed>({ do: "end" });
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async #ask<T>(command: object): Promise<T> {
    this.#process.send(command);
    const { answer, failed } = await this.#process.next<{ answer: T; failed?: string }>(ANSWER_MS);
    if (failed !== undefined) throw new Error(`the probe beside the attack: ${failed}`);
    return answer;
  }
}
