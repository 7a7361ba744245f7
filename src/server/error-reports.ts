import type { Connection } from "../connection/connection.ts";
import { publishError } from "../connection/diagnostics.ts";
import type { RequestInfo } from "../connection/request-info.ts";
import { catchRejection } from "../connection/user-code.ts";

/** What the user's code was to serve when it threw. */
export type ErrorSubject = Connection | RequestInfo | undefined;

/** Reports what the user's code throws: to the diagnostics channel and to the option `onError`. */
export class ErrorReports {
  readonly #onError: (error: unknown, subject: ErrorSubject) => void;

  constructor(onError: (error: unknown, subject: ErrorSubject) => void) {
    this.#onError = onError;
  }

  report(error: unknown, subject: ErrorSubject): void {
    publishError(error, subject);
    // The reporter itself is the user's code: it must not take the process down.
    this.guard(
      () => this.#onError(error, subject),
      (second) => publishError(second, subject),
    );
  }

  /**
   * Calls a function of the user's that is declared to return nothing; an async one fits as well. What it
   * throws, or rejects with, is reported.
   */
  guard(call: () => unknown, onFailure = (error: unknown) => this.report(error, undefined)): void {
    try {
      catchRejection(call(), onFailure);
    } catch (error) {
      onFailure(error);
    }
  }
}
