/** The start of the body of an HTTP response that refuses, for the error that reports it. */

import type { Socket } from "node:net";
import { readUntil } from "../socket/reading.ts";

/** Bytes of the body that are kept. */
const BODY_LIMIT = 4096;

/** Bytes read at most, the framing of chunks included. */
const RAW_LIMIT = 4 * BODY_LIMIT;

/**
 * Reads the start of a refusal's body from `socket`, up to 4,096 bytes, as text. It waits until
 * the body has ended, the peer has hung up, or `patience` milliseconds are over, and returns what
 * has come by then. The socket is of no use afterwards: it may be destroyed.
 *
 * `field` gives the value of a header field of the response by its name in lower case.
 */
export async function readRefusalBody(
  socket: Socket,
  field: (name: string) => string | undefined,
  patience: number,
): Promise<string> {
  const chunked = /(^|[\s,])chunked\s*$/i.test(field("transfer-encoding") ?? "");
  const declared = /^\d+$/.exec(field("content-length") ?? "");
  const length = declared && !chunked ? Number(declared[0]) : Number.POSITIVE_INFINITY;
  if (length === 0) return "";
  let raw: Buffer = Buffer.alloc(0);
  let body = raw;
  const timer = setTimeout(() => socket.destroy(), patience);
  try {
    await readUntil(socket, (chunk) => {
      raw = Buffer.concat([raw, chunk]).subarray(0, RAW_LIMIT);
      const decoded = chunked ? decodeChunks(raw) : { body: raw, ended: raw.length >= length };
      body = decoded.body.subarray(0, Math.min(BODY_LIMIT, length));
      const enough = body.length === BODY_LIMIT || raw.length === RAW_LIMIT;
      return decoded.ended || enough ? chunk.length : -1;
    });
  } catch {
    // A peer that resets after its refusal has still refused; what came before that counts.
  } finally {
    clearTimeout(timer);
  }
  return body.toString();
}

/**
 * Takes the framing off the start of a chunked body (RFC 9112 §7.1). It ends at the last chunk,
 * or where the bytes are not such a body: this is for people to read, so it need not be strict.
 */
function decodeChunks(raw: Buffer): { body: Buffer; ended: boolean } {
  const parts: Buffer[] = [];
  let position = 0;
  let ended = false;
  while (!ended) {
    const lineEnd = raw.indexOf("\r\n", position, "latin1");
    if (lineEnd === -1) break;
    const size = Number.parseInt(raw.toString("latin1", position, lineEnd), 16);
    if (size > 0) parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    else ended = true;
    position = lineEnd + 2 + size + 2;
  }
  return { body: Buffer.concat(parts), ended };
}
