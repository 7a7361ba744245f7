import { ArgumentError } from "../../errors.ts";
import { mayBeOnTheWire } from "../../protocol/close-code.ts";
import { MAX_CONTROL_PAYLOAD } from "../../protocol/frame-header.ts";
import { toBytes } from "../sending/data.ts";

/**
 * The payload of a Ping or a Pong (RFC 6455 §5.5).
 *
 * @throws ArgumentError for more than 125 bytes
 */
export function controlPayload(what: "ping" | "pong", payload: string | Uint8Array): Uint8Array {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : toBytes(payload);
  if (bytes.length <= MAX_CONTROL_PAYLOAD) return bytes;
  throw new ArgumentError(
    `the payload of a ${what} has at most ${MAX_CONTROL_PAYLOAD} bytes; got ${bytes.length}`,
  );
}

/**
 * Checks what a user wants to close with (RFC 6455 §5.5.1, §7.4).
 *
 * @throws ArgumentError that says which codes and how long a reason may be
 */
export function checkClose(code: number | undefined, reason: string): void {
  if (code === undefined && reason !== "") {
    throw new ArgumentError("a close reason goes with a code only (RFC 6455 §5.5.1)");
  }
  if (code !== undefined && !(Number.isInteger(code) && mayBeOnTheWire(code))) {
    const got = typeof code === "number" ? code : typeof code;
    throw new ArgumentError(
      `a close code is 1000 to 1003, 1007 to 1014 or 3000 to 4999 (RFC 6455 §7.4); got ${got}`,
    );
  }
  if (typeof reason !== "string") {
    throw new ArgumentError(`a close reason is a string; got ${typeof reason}`);
  }
  // Two of the 125 bytes are the code.
  const most = MAX_CONTROL_PAYLOAD - 2;
  const length = Buffer.byteLength(reason);
  if (length > most) {
    throw new ArgumentError(`a close reason has at most ${most} bytes in UTF-8; got ${length}`);
  }
}
