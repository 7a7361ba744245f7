import { type Elapsed, Stopwatch, sleep, type Timing } from "./clock.ts";

/** What is done in rounds, of which the next begins when one is complete, is measured in whole rounds. */
export class Rounds {
  /** How many are complete. */
  count = 0;
  #onComplete: (() => void) | undefined;

  /** A round is complete. */
  complete(): void {
    this.count += 1;
    this.#onComplete?.();
  }

  /**
   * How many rounds there are in about the time that is to be measured.
   *
   * @param onBegin is called between the warm-up and the measurement
   */
  async measure(
    { pids, warmUp, duration }: Timing,
    onBegin: () => void = () => {},
  ): Promise<Elapsed & { readonly count: number }> {
    await sleep(warmUp);
    await this.#nextComplete();
    onBegin();
    const before = this.count;
    const watch = new Stopwatch(pids);
    await sleep(duration);
    await this.#nextComplete();
    return { ...watch.read(), count: this.count - before };
  }

  #nextComplete(): Promise<void> {
    return new Promise((resolve) => {
      this.#onComplete = resolve;
    });
  }
}
