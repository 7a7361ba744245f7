/**
 * An honest client beside an attack, in a process of its own: it sends a short message, waits for the
 * answer and does it again. Its longest round trip is how long the victim kept somebody else waiting. The
 * answer is the processor time that the victim had used when it gave it, so that a machine that is busy
 * with other things does not count as the victim being busy.
 */
import { createInterface } from "node:readline";
import { RawPeer, textFrame } from "../raw-peer.ts";
import { processorTime } from "./victims/processor-time.ts";

/** What the probe has found, in ms. */
export interface Probed {
  readonly longest: number;
  readonly median: number;
  /** The most processor time that the victim used from when a message was sent until it was answered. */
  readonly longestOwn: number;
}

const PAUSE_MS = 2;
const MESSAGE = textFrame("probe");

class Probe {
  readonly #peer: RawPeer;
  readonly #pid: number;
  readonly #trips: number[] = [];
  #done: Promise<void> = Promise.resolve();
  #longestOwn = 0;
  #held = false;

  private constructor(peer: RawPeer, pid: number) {
    this.#peer = peer;
    this.#pid = pid;
    this.goOn();
  }

  static async begin(port: number, pid: number): Promise<Probe> {
    const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
    await peer.upgrade("/probe");
    return new Probe(peer, pid);
  }

  /** Sends nothing more until {@link goOn}; resolves when what was sent is answered. */
  async hold(): Promise<void> {
    this.#held = true;
    await this.#done;
  }

  goOn(): void {
    this.#held = false;
    this.#done = this.#go();
    // Whoever ends it hears of the failure.
    this.#done.catch(() => {});
  }

  async end(): Promise<Probed> {
    await this.hold();
    this.#peer.destroy();
    const sorted = this.#trips.sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    return { longest: sorted.at(-1) ?? 0, median, longestOwn: this.#longestOwn };
  }

  async #go(): Promise<void> {
    while (!this.#held) {
      const begun = performance.now();
      const before = processorTime(this.#pid);
      this.#peer.write(MESSAGE);
      const answered = Number(await this.#peer.readText());
      this.#trips.push(performance.now() - begun);
      this.#longestOwn = Math.max(this.#longestOwn, (answered - before) / 1e6);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

let probe: Probe | undefined;

interface Command {
  readonly do: "begin" | "hold" | "go on" | "end";
  readonly port: number;
  readonly pid: number;
}

async function obey(command: Command): Promise<object> {
  switch (command.do) {
    case "begin":
      probe = await Probe.begin(command.port, command.pid);
      return { answer: true };
    case "hold":
      return { answer: await probe?.hold() };
    case "go on":
      return { answer: probe?.goOn() };
    case "end":
      return { answer: await probe?.end() };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line)).catch((error) => ({ failed: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
