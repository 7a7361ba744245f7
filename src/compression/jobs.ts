/**
 * zlib on the thread pool. The pool is the process's, so the limit on jobs is too: DNS and files need
 * its threads whatever the connections do.
 */

/** A job that runs or waits for its turn. */
export interface CompressionJob {
  /** Drops the job if it has not begun yet. */
  cancel(): void;
}

interface Waiting {
  readonly maxJobs: number;
  readonly start: (done: () => void) => void;
}

const waiting = new Set<Waiting>();
let running = 0;

/**
 * Runs a job as soon as fewer than `maxJobs` of the process run, in the order of the calls.
 *
 * @param start begins the job, and calls `done` once it has ended
 */
export function startJob(maxJobs: number, start: (done: () => void) => void): CompressionJob {
  const job = { maxJobs, start };
  waiting.add(job);
  startWaiting();
  return {
    cancel() {
      // It may have held up those behind it.
      if (waiting.delete(job)) startWaiting();
    },
  };
}

/** How many jobs run and wait at the moment, for tests. */
export function jobCounts(): { readonly running: number; readonly waiting: number } {
  return { running, waiting: waiting.size };
}

function startWaiting(): void {
  for (const job of waiting) {
    // Nobody overtakes it: while others kept coming, one with a low limit would wait for ever.
    if (running >= job.maxJobs) return;
    waiting.delete(job);
    running++;
    job.start(onDone);
  }
}

function onDone(): void {
  running--;
  startWaiting();
}
