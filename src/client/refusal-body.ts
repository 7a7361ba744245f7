/** The body of an HTTP response that refuses, or its beginning, for the error that reports it. */

import type { Duplex } from "node:stream";
import { Deadline } from "../socket/deadline.ts";
import { abandonStream } from "../socket/http2/stream.ts";
import { readUntil } from "../socket/reading.ts";

/** Milliseconds to wait for the next bytes of a body. */
const PATIENCE = 1000;

/** Bytes of framing around chunks that are read beside as many again as the body may have. */
const FRAMING = 4096;

/** How much of a body is read, and how long. */
export interface BodyLimits {
  /** Bytes that are kept. */
  readonly maxBytes: number;
  /** Milliseconds for all of it. */
  readonly timeout: number;
}

/**
 * Reads a refusal's body from `stream`, up to a number of bytes. It waits until the body has ended, the
 * peer has hung up, a second passes without bytes, or the time is over, and returns what has come by then.
 * The stream is of no use afterwards: it may be destroyed.
 *
 * @param field gives the value of a header field of the response by its name in lower case.
 */
export async function readRefusalBody(
  stream: Duplex,
  field: (name: string) => string | undefined,
  { maxBytes, timeout }: BodyLimits,
): Promise<Buffer> {
  // RFC 9112 §6.3: chunked beats a length; without either the body ends with the connection.
  const chunked = /(^|[\s,])chunked\s*$/i.test(field("transfer-encoding") ?? "");
  const declared = chunked ? null : /^\d+$/.exec(field("content-length") ?? "");
  const length = declared === null ? Number.POSITIVE_INFINITY : Number(declared[0]);
  const most = Math.min(length, maxBytes);
  if (most === 0) return Buffer.alloc(0);
  const body = new Body(most);
  const chunks = chunked ? new Chunks() : undefined;
  const giveUp = () => abandonStream(stream);
  const deadline = new Deadline(giveUp);
  const silence = new Deadline(giveUp);
  deadline.start(timeout);
  silence.start(PATIENCE);
  try {
    await readUntil(stream, (bytes) => {
      silence.start(PATIENCE);
      const ended = chunks === undefined ? body.add(bytes) : chunks.read(bytes, body);
      return ended || body.full ? bytes.length : -1;
    });
  } catch {
    // A peer that resets after its refusal has still refused; what came before that counts.
  } finally {
    deadline.stop();
    silence.stop();
  }
  return body.bytes();
}

/** Collects the bytes of a body up to a limit. */
class Body {
  readonly #most: number;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#length === this.#most;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false: that there is no more is not known here */
  add(bytes: Buffer): false {
    const part = bytes.subarray(0, this.#most - this.#length);
    this.#parts.push(part);
    this.#length += part.length;
    return false;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const LF = 0x0a;

/**
 * Takes the framing off a chunked body (RFC 9112 §7.1). It ends at the last chunk, or where the bytes are
 * no such body: what is read is the explanation of a failure, so it need not be strict.
 */
class Chunks {
  /** Bytes that are left of the chunk and of the line end behind it, which is not part of the body. */
  #left = 0;
  /** The line with the length, as far as it has come. */
  #line = "";
  #read = 0;

  /** Adds to `body` what is part of it. Returns whether it has ended. */
  read(bytes: Buffer, body: Body): boolean {
    this.#read += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        const content = Math.max(0, this.#left - LINE_END.length);
        body.add(bytes.subarray(at, Math.min(end, at + content)));
        this.#left -= end - at;
        at = end;
        continue;
      }
      const lineFeed = bytes.indexOf(LF, at);
      const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
      this.#line += bytes.toString("latin1", at, end);
      at = end;
      if (lineFeed === -1) break;
      const size = Number.parseInt(this.#line, 16);
      this.#line = "";
      if (!(size > 0)) return true;
      this.#left = size + LINE_END.length;
    }
    // Of a chunk for each byte there is six times as much framing as body.
    return this.#read > 8 * body.length + FRAMING;
  }
}

const LINE_END = "\r\n";
