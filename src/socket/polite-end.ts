import type { Socket } from "node:net";
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
  const deadline = new Deadline(() => socket.destroy(), false);
  deadline.start(PATIENCE);
  socket.once("close", () => deadline.stop());
  socket.resume();
  socket.end(answer);
}
