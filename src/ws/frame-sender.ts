import { CLOSING } from "./constants.ts";
import type { FaceEndpoint } from "./endpoint.ts";
import { notOpen } from "./errors.ts";
import { told, type WrittenCallback } from "./sending.ts";

/**
 * What programs have found behind the `_sender` of a WebSocket of `ws` and rely on: it sends a frame that is
 * ready, the same to many connections. socket.io broadcasts by it.
 */
export class FrameSender {
  readonly #endpoint: FaceEndpoint;

  constructor(endpoint: FaceEndpoint) {
    this.#endpoint = endpoint;
  }

  /** @param list the parts of the frame, as `Sender.frame` makes them */
  sendFrame(list: readonly Buffer[], callback?: WrittenCallback): void {
    const endpoint = this.#endpoint;
    if (endpoint.phase !== "open") {
      if (callback !== undefined) process.nextTick(callback, notOpen(CLOSING));
      return;
    }
    endpoint.sender.sendReady(list);
    if (callback !== undefined) endpoint.sender.whenWritten(told(endpoint, callback));
  }
}
