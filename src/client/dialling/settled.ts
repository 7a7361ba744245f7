/** Waits until a socket is what it is to become, or is not. */

import type { Socket } from "node:net";
import { HandshakeError } from "../../errors.ts";

/** Waits for `event`; rejects with the socket's error, or a plain one when it just closes. */
export function settled(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const onEvent = (): void => {
      stop();
      // Nothing is read before somebody is there to read it.
      socket.pause();
      resolve();
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => {
      onError(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    };
    const stop = (): void => {
      socket.off(event, onEvent).off("error", onError).off("close", onClose);
    };
    socket.on(event, onEvent).on("error", onError).on("close", onClose);
  });
}

/** Codes of errors that say no more than that the other side has gone. */
const GONE = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** True for an error which says no more than that the peer has gone. */
export function isGone(error: unknown): boolean {
  return GONE.has((error as NodeJS.ErrnoException | undefined)?.code ?? "");
}

/** True for an error that TLS itself reports after its handshake, as TLS 1.3 can. */
export function isTlsError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException | undefined)?.code).startsWith("ERR_SSL_");
}

/** A connection that ended before the handshake did. */
export function lost(message: string, cause?: unknown): HandshakeError {
  const options = cause === undefined ? undefined : { cause };
  return new HandshakeError("CONNECTION_LOST", message, { status: 0 }, options);
}

/** The message of an error; of each, where several addresses were tried. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
