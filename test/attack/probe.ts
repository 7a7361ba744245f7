/**
 * An honest client beside an attack, in a process of its own: it sends a short message, waits for the
 * echo and does it again. Its longest round trip is how long the victim kept somebody else waiting.
 */
import { createInterface } from "node:readline";
import { RawPeer, textFrame } from "../raw-peer.ts";

/** What the probe has found, in ms. */
export interface Probed {
  readonly trips: number;
  readonly longest: number;
  readonly median: number;
}

const PAUSE_MS = 2;
const MESSAGE = textFrame("probe");

class Probe {
  readonly #peer: RawPeer;
  readonly #trips: number[] = [];
  readonly #done: Promise<void>;
  #over = false;

  private constructor(peer: RawPeer) {
    this.#peer = peer;
    this.#done = this.#go();
    // Whoever ends it hears of the failure.
    this.#done.catch(() => {});
  }

  static async begin(port: number): Promise<Probe> {
    const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
    await peer.upgrade("/probe");
    return new Probe(peer);
  }

  /** What was found so far, and from now on it begins anew. The trip under way is waited for. */
  async end(): Promise<Probed> {
    this.#over = true;
    await this.#done;
    this.#peer.destroy();
    const sorted = this.#trips.sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    return { trips: sorted.length, longest: sorted.at(-1) ?? 0, median };
  }

  async #go(): Promise<void> {
    while (!this.#over) {
      const begun = performance.now();
      this.#peer.write(MESSAGE);
      for (;;) {
        const { opcode, payload } = await this.#peer.readFrame();
        if (opcode === 1 && payload.toString() === "probe") break;
      }
      this.#trips.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

let probe: Probe | undefined;

async function obey(command: { do: "begin" | "end"; port: number }): Promise<object> {
  if (command.do === "end") return { answer: await probe?.end() };
  probe = await Probe.begin(command.port);
  return { answer: "begun" };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line)).catch((error) => ({ failed: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
