/** How a run of `barewire conform` goes, on stderr. */
import type { CaseResult } from "../../conformance/conform.ts";
import { hasFailed } from "../../conformance/report/summary.ts";

/** A line that is written over on a terminal; elsewhere only what failed gets a line. */
export class Progress {
  #done = 0;
  #failed = 0;
  readonly #total: number;
  readonly #terminal = process.stderr.isTTY === true;

  /** With a total of 0 it is not known how many there will be. */
  constructor(total: number) {
    this.#total = total;
  }

  /** Shows one more result. */
  step(result: CaseResult, strict: boolean): void {
    this.#done++;
    const failed = hasFailed(result, strict);
    if (failed) this.#failed++;
    if (this.#terminal) {
      const of = this.#total > 0 ? `/${this.#total}` : "";
      process.stderr.write(
        `\r\x1b[K${this.#done}${of} cases, ${this.#failed} failed, ${result.id}`,
      );
    } else if (failed && result.behavior !== "NOT RUN") {
      const { behavior, behaviorClose, id } = result;
      process.stderr.write(`${id} ${behavior} / ${behaviorClose}: ${result.result}\n`);
    }
  }

  /** Leaves an empty line. */
  done(): void {
    if (this.#terminal) process.stderr.write("\r\x1b[K");
  }
}
