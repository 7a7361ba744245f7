/** How long a process stands still: on a busy machine that is long, and all that is due meanwhile comes at once. */

const TICK = 20;

/** Milliseconds of the clock that all processes of a machine have in common. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Calls `listener` whenever this process has done nothing else but one thing for a while, with the milliseconds. */
export function watchStandstill(listener: (milliseconds: number) => void): NodeJS.Timeout {
  let last = now();
  return setInterval(() => {
    const time = now();
    listener(time - last);
    last = time;
  }, TICK).unref();
}
