/** Watches the suite's output: which case runs, and whether it still moves. */
import type { Readable, Writable } from "node:stream";

/** Milliseconds without a word of the suite after which it counts as stuck. The longest case,
 * 9.8.6 without wsaccel, has a limit of its own of 480 s. */
const STALL_TIMEOUT = 600_000;

/** A case that did not end. */
export class StalledError extends Error {
  override readonly name = "StalledError";
}

/** What {@link watch} reports to. */
export interface ProgressOptions {
  /** `"server"` or `"client"`. */
  readonly label: string;
  /** Number of cases that are to run. */
  readonly total: number;
  /** Where progress is shown: rewritten in place on a terminal, else a line now and then. */
  readonly terminal: Writable & { readonly isTTY?: boolean };
}

/** A watch over one run of the suite. */
export interface Watch {
  /** Rejects with {@link StalledError} when the suite has been silent for ten minutes. */
  readonly stalled: Promise<never>;
  /** The case that was begun last, `""` before the first. */
  current(): string;
  /** Ends the watch and the line on the terminal. */
  stop(): void;
}

/** Shows which case of how many runs, from the lines that `wstest` prints to `output`. */
export function watch(output: Readable, options: ProgressOptions): Watch {
  const { terminal, label, total } = options;
  const begun = Date.now();
  let unfinishedLine = "";
  let done = 0;
  let current = "";
  let timer: NodeJS.Timeout;
  let fail: (error: Error) => void = () => {};
  const stalled = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever does not wait for it need not handle it.
  stalled.catch(() => {});

  const restartTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const what = current === "" ? "the suite did not begin" : `case ${current} did not end`;
      fail(new StalledError(`${what} within ${STALL_TIMEOUT / 60_000} minutes`));
    }, STALL_TIMEOUT);
  };
  const begin = (id: string) => {
    const sameSection = current.split(".")[0] === id.split(".")[0];
    done++;
    current = id;
    const seconds = Math.round((Date.now() - begun) / 1000);
    const line = `${label}: case ${id}, ${done} of ${total}, ${seconds} s`;
    if (terminal.isTTY) terminal.write(`\r\u001b[K${line}`);
    else if (!sameSection || done % 25 === 0 || done === total) terminal.write(`${line}\n`);
  };

  restartTimer();
  output.setEncoding("utf8");
  output.on("data", (text: string) => {
    restartTimer();
    const lines = (unfinishedLine + text).split("\n");
    unfinishedLine = lines.pop() ?? "";
    for (const line of lines) {
      const id = /^Running test case ID (\S+)/.exec(line)?.[1];
      if (id !== undefined) begin(id);
    }
  });
  return {
    stalled,
    current: () => current,
    stop() {
      clearTimeout(timer);
      if (terminal.isTTY) terminal.write("\r\u001b[K");
    },
  };
}
