import { createHash, randomBytes } from "node:crypto";

/** The opening handshake (RFC 6455 §4), with keys and answers made beforehand. */

interface Key {
  readonly key: string;
  readonly accept: string;
}

// §1.3: the answer is the SHA-1 of the key and this.
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (§4.2.2). */
export function acceptFor(key: string): string {
  return createHash("sha1")
    .update(key + GUID)
    .digest("base64");
}

const keys: readonly Key[] = Array.from({ length: 256 }, () => {
  const key = randomBytes(16).toString("base64");
  return { key, accept: acceptFor(key) };
});

/** Number of different requests that {@link makeRequests} returns. */
export const KEY_COUNT = keys.length;

/** Requests for `path` to send to a server on `port`, one for each key, with extensions on offer if given. */
export function makeRequests(port: number, path: string, extensions?: string): Uint8Array[] {
  const offer = extensions === undefined ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  return keys.map(({ key }) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${offer}\r\n`,
    ),
  );
}

/**
 * Judges the complete head of a response.
 *
 * @param key index of the key that was sent
 * @param fixed true for raw `net`, whose answer fits no key
 * @returns undefined if it is right, otherwise what is wrong
 */
export function findResponseFault(head: string, key: number, fixed: boolean): string | undefined {
  if (!head.startsWith("HTTP/1.1 101 ")) return `expected status 101, got: ${head.slice(0, 80)}`;
  const accept = keys[key]?.accept ?? "";
  if (!fixed && !head.includes(accept)) return "Sec-WebSocket-Accept does not fit the key";
  return undefined;
}

/** The answer to the complete head of a client's request, for when we play the server. */
export function answerRequest(head: string): Uint8Array {
  const key = /^sec-websocket-key:[ \t]*(\S+)/im.exec(head)?.[1] ?? "";
  return Buffer.from(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n`,
  );
}
