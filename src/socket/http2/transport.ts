import type { Http2Stream } from "node:http2";
import { bindSocket, type SocketListener, tellReadAhead } from "../events.ts";
import type { Transport } from "../transport.ts";
import { holdSession } from "./holding.ts";
import { resetStream } from "./stream.ts";

/** Bytes that are handed over at a time: four frames of the size that every peer takes (RFC 9113 §4.2). */
const PIECE = 64 * 1024;

const watch = Symbol("watch");

interface WatchedStream extends Http2Stream {
  /** Tells of a reset. */
  [watch]?: () => void;
}

/**
 * Streams of HTTP/2 (RFC 8441). A write ends when its bytes have been given to the socket of the session, which
 * the peer's windows hold up: those of the stream, and those of the session that all its streams share.
 */
class Http2Transport implements Transport<Http2Stream> {
  readonly largestWrite = PIECE;

  bind(stream: Http2Stream, listener: SocketListener): void {
    bindSocket(stream, listener, false);
    unwatch(stream);
    const onClose = () => {
      if (stream.rstCode !== 0) listener.onError(resetError(stream));
    };
    (stream as WatchedStream)[watch] = onClose;
    // Before the listener is told that it is gone. There is no event for this where this side has ended.
    stream.prependListener("close", onClose);
  }

  pause(stream: Http2Stream): void {
    stream.pause();
    // What the window lets through comes all the same.
    tellReadAhead(stream, true);
  }

  resume(stream: Http2Stream): void {
    tellReadAhead(stream, false);
    stream.resume();
  }

  isPaused(stream: Http2Stream): boolean {
    return stream.isPaused();
  }

  readAhead(stream: Http2Stream): number {
    return stream.readableLength;
  }

  write(stream: Http2Stream, bytes: Buffer, listener: SocketListener): boolean {
    // A reset ends the writable side before anybody is told of it.
    if (stream.writableEnded || stream.destroyed) return false;
    stream.write(bytes, (error) => {
      if (!error) listener.onDrain();
    });
    return false;
  }

  writeAll(stream: Http2Stream, buffers: readonly Buffer[], listener: SocketListener): boolean {
    if (stream.writableEnded || stream.destroyed) return false;
    const [last] = buffers.slice(-1);
    stream.cork();
    for (const bytes of buffers.slice(0, -1)) stream.write(bytes);
    if (last !== undefined) this.write(stream, last, listener);
    stream.uncork();
    return false;
  }

  left(): number {
    return -1;
  }

  end(stream: Http2Stream): void {
    stream.end();
  }

  destroy(stream: Http2Stream): void {
    // A reset of this side's own is no error.
    unwatch(stream);
    resetStream(stream);
  }

  ref(stream: Http2Stream): void {
    holdSession(stream, true);
  }

  unref(stream: Http2Stream): void {
    holdSession(stream, false);
  }
}

function unwatch(stream: WatchedStream): void {
  if (stream[watch] !== undefined) stream.off("close", stream[watch]);
}

/** The error of a stream that its peer has reset, as the system has one for TCP. */
function resetError(stream: Http2Stream): Error {
  const message = `the stream of HTTP/2 was reset with code ${stream.rstCode} (RFC 9113 §7)`;
  return Object.assign(new Error(message), { code: "ECONNRESET" });
}

const transport = new Http2Transport();

/** The transport of a stream of HTTP/2. */
export function http2Transport(): Transport<Http2Stream> {
  return transport;
}
