import { inspect } from "node:util";

/** Whether a value is a promise, or anything else to be awaited like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/**
 * Sees to a promise that the user's code has returned where nobody awaits one: its rejection would end
 * the process. Other values are let pass.
 */
export function catchRejection(value: unknown, onError: (error: unknown) => void): void {
  if (isThenable(value)) Promise.resolve(value).catch(onError);
}

/** An Error for what the user's code has thrown, which may be anything. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  // Not String(), which throws for an object without a prototype.
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown));
}
