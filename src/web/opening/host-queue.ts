/** Leaves the queue: the connection is made, or has failed, or is not wanted any more. */
export type Leave = () => void;

/** By host and port, who waits behind the connection that is being made. */
const queues = new Map<string, Set<() => void>>();

/**
 * RFC 6455 §4.1: there is no more than one connection to a host and port in the state CONNECTING. Calls `enter` when
 * it is this one's turn, at once where nobody is before it.
 */
export function queueFor(place: string, enter: () => void): Leave {
  const queue = queues.get(place);
  if (queue === undefined) {
    queues.set(place, new Set([enter]));
    enter();
  } else queue.add(enter);
  return () => leave(place, enter);
}

function leave(place: string, enter: () => void): void {
  const queue = queues.get(place);
  if (queue === undefined) return;
  const [first] = queue;
  if (!queue.delete(enter)) return;
  const [next] = queue;
  if (next === undefined) queues.delete(place);
  else if (first === enter) next();
}
