/** Is called once what was sent before is with the system, or with the reason why it never will be. */
export type OnWritten = (error?: Error) => void;

/**
 * Tells those who wait; not at once, as that happens in the middle of a write and they may send more.
 *
 * @param error why what they wait for was not written
 */
export function tellWaiters(waiters: readonly OnWritten[] | undefined, error?: Error): void {
  // Each by itself: one that throws must not keep the others from being called.
  for (const waiter of waiters ?? []) process.nextTick(waiter, error);
}
