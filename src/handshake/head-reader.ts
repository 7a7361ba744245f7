import { HandshakeError } from "../errors.ts";

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Where in the head the next byte stands. */
type Place =
  /** Before the first line; empty lines are skipped here. */
  | "before"
  /** Inside a line. */
  | "line"
  /** Behind the LF that ended a line. */
  | "lineStart"
  /** Behind that LF and a CR. */
  | "lineStartCr";

/** How much head is read. `Infinity` turns a limit off. */
export interface HeadLimits {
  /** Bytes of the whole head, empty lines before and the one after it included. */
  readonly maxBytes: number;
  /** Field lines. Counted by the parser of the head, not by its reader. */
  readonly maxFields: number;
}

/**
 * Whether a head can begin with this line.
 *
 * @param line its first characters, one per byte; while it has not ended, at most 64, and the last may be
 * the CR of its end
 * @param ended whether that is all of the line
 */
export type StartLineRule = (line: string, ended: boolean) => boolean;

/** Characters of a start line that are looked at before it has ended. */
const LINE_BEGINNING = 64;

/**
 * Finds the end of an HTTP/1.1 head in chunks of any size: of a request, a response, or a proxy's
 * answer to CONNECT.
 *
 * The head ends with its first empty line, and a line ends with LF, whether a CR stands before it
 * or not. So a head made with bare LFs ends here at once instead of at the timeout; the parser then
 * finds the bare LF to be a fault, and whoever serves a request that is no upgrade may still hand
 * the same bytes to an HTTP server that judges for itself. Empty lines before the head are part of
 * it (RFC 9112 §2.2).
 *
 * Where the bytes cannot become a head at all, as its {@link StartLineRule} says, it ends with what has
 * come: at the earliest byte that proves it, and not at a timeout. The parser finds it malformed then.
 */
export class HeadReader {
  readonly #maxBytes: number;
  #place: Place = "before";
  /** The chunk itself where the head came in one, else a buffer of our own that grows. */
  #kept: Buffer = NOTHING;
  #length = 0;
  /** Undefined once the start line has ended, and where none is given. */
  #startLine: StartLineRule | undefined;

  /** @param startLine judges the first line while the head has not ended; without one any will do */
  constructor(limits: HeadLimits, startLine?: StartLineRule) {
    this.#maxBytes = limits.maxBytes;
    this.#startLine = startLine;
  }

  /**
   * Reads the next chunk. Not to be called again once the head has ended.
   *
   * @returns how many bytes of this chunk belong to the head that has ended with them, or -1 when
   *   more is needed
   * @throws HandshakeError `HEAD_TOO_LARGE` (status 431) at the first byte after which the head
   *   cannot fit into `maxBytes` any more
   */
  push(chunk: Buffer): number {
    const room = this.#maxBytes - this.#length;
    const end = this.#findEnd(chunk, Math.min(chunk.length, room));
    if (end === -1 && chunk.length >= room) {
      throw new HandshakeError(
        "HEAD_TOO_LARGE",
        `the head is longer than the limit of ${this.#maxBytes} bytes`,
        { status: 431 },
      );
    }
    this.#keep(chunk, end);
    return end === -1 && !this.#beginsAsHead() ? chunk.length : end;
  }

  /**
   * The whole head, its last empty line included, once {@link push} has found the end; before that,
   * what has arrived so far. In one chunk: a view of that chunk, not a copy.
   */
  get bytes(): Buffer {
    return this.#length === this.#kept.length ? this.#kept : this.#kept.subarray(0, this.#length);
  }

  /** Index behind the empty line that ends the head, or -1 where it is not before `limit`. */
  #findEnd(chunk: Buffer, limit: number): number {
    let at = 0;
    while (at < limit) {
      if (this.#place === "line") {
        // The one hop that matters: native, a quarter of the time of a loop over the bytes.
        const lineFeed = chunk.indexOf(LF, at);
        if (lineFeed === -1) return -1;
        this.#place = "lineStart";
        at = lineFeed + 1;
      } else {
        if (chunk[at] === LF && this.#place !== "before") return at + 1;
        this.#place = nextPlace(this.#place, chunk[at]);
        at++;
      }
    }
    return -1;
  }

  /** Whether what has come so far can become a head. */
  #beginsAsHead(): boolean {
    const rule = this.#startLine;
    if (rule === undefined || this.#place === "before") return true;
    const { bytes } = this;
    let start = 0;
    while (bytes[start] === CR || bytes[start] === LF) start++;
    const lineFeed = bytes.indexOf(LF, start);
    if (lineFeed === -1)
      return rule(bytes.toString("latin1", start, start + LINE_BEGINNING), false);
    this.#startLine = undefined;
    const end = bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
    return rule(bytes.toString("latin1", start, end), true);
  }

  #keep(chunk: Buffer, end: number): void {
    const used = end === -1 ? chunk.length : end;
    if (this.#length === 0 && end !== -1) {
      this.#kept = chunk;
    } else {
      // One growing buffer: a head that comes byte by byte must not hold a chunk for each.
      const needed = this.#length + used;
      if (needed > this.#kept.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#kept.length, 512));
        this.#kept.copy(larger, 0, 0, this.#length);
        this.#kept = larger;
      }
      chunk.copy(this.#kept, this.#length, 0, used);
    }
    this.#length += used;
  }
}

/** The place behind a byte that stands outside of a line and is not the LF of the last empty line. */
function nextPlace(place: Place, byte: number | undefined): Place {
  if (place === "before") return byte === CR || byte === LF ? "before" : "line";
  if (place === "lineStart" && byte === CR) return "lineStartCr";
  return "line";
}
