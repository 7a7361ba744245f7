import type { Peer } from "./peers.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** Peers that are measured once more in another state: their name is that of the peer, "@" and the state. */

/** Each form of barewire once more, as a library that was built of another commit. */
export function withBefore(
  peers: readonly Peer[],
  before: { readonly name: string; readonly library: string } | undefined,
): readonly Peer[] {
  if (before === undefined) return peers;
  const { name, library } = before;
  return peers.flatMap((peer) =>
    peer.form === undefined ? [peer] : [peer, { ...peer, ...twin(peer, name), library }],
  );
}

/** Each peer that can, once more with several processes that share a port: 2, 4 and so on. */
export function withWorkers(peers: readonly Peer[], most: number): readonly Peer[] {
  if (most === 1) return peers;
  const counts: number[] = [];
  for (let count = 2; count < most; count *= 2) counts.push(count);
  return peers.filter(canShareAPort).flatMap((peer) => [
    peer,
    ...[...counts, most].map((workers) => ({
      ...peer,
      ...twin(peer, `${workers} workers`),
      workers,
    })),
  ]);
}

/** Whether a scenario can be measured with several processes on a port, between which nothing is shared. */
export function isForWorkers({ work, side }: Scenario): boolean {
  return side === "server" && (work.kind === "echo" || work.kind === "short-lived");
}

/** Those of Node; uWebSockets.js brings its own listener. */
function canShareAPort({ runtime, id }: Peer): boolean {
  return runtime === "node" && id !== "uws";
}

function twin(
  { id, file = id }: Peer,
  state: string,
): { readonly id: string; readonly file: string } {
  return { id: `${id}@${state}`, file };
}
