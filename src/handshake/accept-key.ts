import crypto from "node:crypto";
import { ArgumentError } from "../errors.ts";

/** The version of the protocol that this library speaks: the only one that RFC 6455 defines. */
export const WEBSOCKET_VERSION = "13";

/** §1.3: appended to every key before it is hashed. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * The value of Sec-WebSocket-Accept for a key as it stands in Sec-WebSocket-Key: base64 of the
 * SHA-1 of key and GUID (RFC 6455 §4.2.2). 28 characters.
 */
export const acceptKey: (key: string) => string =
  // crypto.hash came with Node 20.12 and makes no object per call.
  typeof crypto.hash === "function"
    ? (key) => crypto.hash("sha1", key + GUID, "base64")
    : (key) =>
        crypto
          .createHash("sha1")
          .update(key + GUID)
          .digest("base64");

/**
 * Whether `key` is 16 bytes in canonical base64 (RFC 6455 §4.1): 24 characters that end with "==",
 * the four bits that the last digit has to spare being zero.
 */
export function isAcceptableKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key);
}

/**
 * The value of Sec-WebSocket-Key for a nonce of 16 random bytes (RFC 6455 §4.1).
 *
 * @throws ArgumentError where the nonce has another length
 */
export function encodeKey(nonce: Uint8Array): string {
  if (nonce.length !== 16) {
    throw new ArgumentError(`the nonce has ${nonce.length} bytes, expected 16`);
  }
  return Buffer.from(nonce.buffer, nonce.byteOffset, 16).toString("base64");
}
