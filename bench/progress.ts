/** The line that says what is being done. */
export class Progress {
  readonly #total: number;
  readonly #start = performance.now();
  #done = 0;

  /** @param total number of scenarios */
  constructor(total: number) {
    this.#total = total;
  }

  /** Shows a step; without a terminal nothing, where it would only fill a log. */
  step(text: string): void {
    if (!process.stderr.isTTY) return;
    const seconds = Math.round((performance.now() - this.#start) / 1000);
    const line = `[${this.#done + 1}/${this.#total}, ${seconds} s] ${text}`;
    process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  /** Counts a scenario as done and removes the line. */
  finishScenario(id: string): void {
    this.#done += 1;
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
    else process.stderr.write(`[${this.#done}/${this.#total}] ${id}\n`);
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }
}
