import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Answers that have not ended, by their connection. */
const answers = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Sees to it that an answer which waits for its turn (RFC 9112 §9.3.2) ends with its connection. `node:http` tells
 * only the one that is being written, so a file that is to be sent behind it would be held open for ever.
 */
export function endWithConnection(socket: Socket, answer: ServerResponse): void {
  let open = answers.get(socket);
  if (open === undefined) {
    open = new Set();
    answers.set(socket, open);
    socket.once("close", endWaiting);
  }
  open.add(answer);
  answer.once("close", () => open.delete(answer));
}

function endWaiting(this: Socket): void {
  for (const answer of answers.get(this) ?? []) {
    // What is being written has the socket, and is told by node:http.
    if (answer.socket !== null) continue;
    answer.destroy();
    answer.emit("close");
  }
}
