/** What reading and writing past a socket's stream both need to know of this Node and of the socket. */
import type { Socket } from "node:net";

/**
 * What reads from and writes to the operating system, one socket after the other. A stream of somebody's
 * own, as TLS may run over, can deliver at any time, in the middle of what another one has delivered too.
 */
const SYSTEM_HANDLES: readonly string[] = ["TCP", "Pipe"];

/** Whether the major version of this Node is one from `oldest` to `newest`. */
export function isNodeBetween(oldest: number, newest: number): boolean {
  const major = Number.parseInt(process.versions.node, 10);
  return major >= oldest && major <= newest;
}

/** The private handle of a socket, as far as `Handle` describes it; it has none once it is destroyed. */
export function handleOf<Handle extends object>(socket: Socket): Handle | undefined {
  return (socket as unknown as { readonly _handle?: Handle | null })._handle ?? undefined;
}

/** Whether a handle is the system's own, with no other in front of it. */
export function isSystemHandle(handle: object): boolean {
  return SYSTEM_HANDLES.includes(handle.constructor.name);
}
