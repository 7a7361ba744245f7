import type { Socket } from "node:net";
import { answerBytes } from "../../handshake/response.ts";
import { endPolitely } from "../../socket/polite-end.ts";

/** Most sockets that are being told why they are refused. */
const MOST = 32;

/**
 * Refuses sockets for which there is no room, with an answer: to a few at a time, since each stays open until
 * its peer has taken that. Beyond these they are dropped.
 */
export class PoliteRefusals {
  #open = 0;
  readonly #onClose = () => void this.#open--;

  /** Returns the status that was answered, 0 for none. */
  refuse(socket: Socket, status: number, message: string): number {
    if (this.#open >= MOST) {
      socket.destroy();
      return 0;
    }
    this.#open++;
    socket.once("close", this.#onClose);
    endPolitely(socket, answerBytes({ status, body: `${message}\n` }));
    return status;
  }
}
