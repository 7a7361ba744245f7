/** SIGINT and SIGTERM end a run, not the process: what there is is still to be written. */

/** Exit codes of a process that a signal has ended, by what shells make of it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A wait for a signal. */
export interface Stopping {
  /** Aborted by the first signal. A second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Exit code for the signal that came; `undefined` while none did. */
  readonly exitCode: number | undefined;
  /** Signals do again what they do by themselves. */
  end(): void;
}

/** Begins to wait for SIGINT and SIGTERM. */
export function untilSignal(): Stopping {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    exitCode = EXIT_CODES[name as keyof typeof EXIT_CODES];
    end();
    controller.abort();
  };
  const end = () => {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    end,
  };
}
