import type { Duplex } from "node:stream";

/**
 * Has a stream destroyed by its errors, of which nobody else may hear. Without any listener a peer's
 * reset is an uncaught exception, which ends the process.
 */
export function surviveErrors(stream: Duplex): void {
  if (!stream.listeners("error").includes(destroy)) stream.on("error", destroy);
}

/** One for all streams, which is its `this`: it holds on to nothing. */
function destroy(this: Duplex): void {
  this.destroy();
}
