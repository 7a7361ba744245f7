import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Deadline } from "./deadline.ts";
import { bindSocket, type SocketListener } from "./events.ts";

/** Milliseconds that a peer has to take the last answer and close its side. */
const PATIENCE = 2000;

const ignore: SocketListener = {
  onData() {},
  onDrain() {},
  onEnd() {},
  onError() {},
  onSocketClose() {},
};

/**
 * Sends a last answer and ends the socket. What the peer still sends is read and dropped for a
 * while: to close a socket with unread input resets it, and the answer may be lost by that.
 */
export function endPolitely(socket: Socket, answer: Uint8Array): void {
  if (socket.destroyed) return;
  bindSocket(socket, ignore);
  destroyLater(socket);
  socket.resume();
  socket.end(answer);
}

/** Destroys a stream whose peer does not end it by itself now that there is nothing more to say. */
export function destroyLater(stream: Duplex): void {
  if (stream.destroyed) return;
  const deadline = new Deadline(() => stream.destroy(), false);
  deadline.start(PATIENCE);
  stream.once("close", () => deadline.stop());
}
