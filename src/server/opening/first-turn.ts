import type { Socket } from "node:net";
import type { Connection } from "../../connection/connection.ts";

let turn = 0;
let counting = false;

/** A number that is the same as long as the event loop has made no other turn. */
function currentTurn(): number {
  if (!counting) {
    counting = true;
    setImmediate(() => {
      turn++;
      counting = false;
    });
  }
  return turn;
}

/** The turn of the event loop in which a connection was opened. */
export class FirstTurn {
  readonly #turn = currentTurn();
  /** Undefined of a stream that is no socket, and does not count. */
  readonly #written: number | undefined;

  constructor(stream: Socket) {
    this.#written = stream.bytesWritten;
  }

  /** Whether nothing has happened on the connection since then, nor had the time to. */
  isAll(connection: Connection, stream: Socket): boolean {
    if (this.#turn !== currentTurn() || connection.state !== "open") return false;
    if (connection.bufferedAmount > 0 || this.#written === undefined) return false;
    return this.#written === stream.bytesWritten;
  }
}
