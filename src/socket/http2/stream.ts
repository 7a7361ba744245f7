/** What is known of the streams of `node:http2`, which has no class to ask for. */
import type { Http2Session, Http2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** `CANCEL` of RFC 9113 §7: what RFC 8441 §5 has in the place of a reset of TCP. */
const CANCEL = 0x8;

const below = Symbol("socket below");

interface StreamOfSocket extends Duplex {
  [below]?: Socket;
}

/** Whether a stream is one of HTTP/2, open or not. */
export function isHttp2Stream(stream: Duplex): stream is Http2Stream {
  return "sentHeaders" in stream;
}

/** Has {@link socketBelow} know what an open stream of HTTP/2 runs over, also once the session has ended. */
export function noteSocketBelow(stream: Http2Stream): void {
  const { session } = stream;
  if (session !== undefined) (stream as StreamOfSocket)[below] = socketOfSession(session);
}

/** The socket that a stream of HTTP/2 runs over. Any other stream is its own. */
export function socketBelow(stream: Duplex): Duplex {
  return (stream as StreamOfSocket)[below] ?? stream;
}

function nothing(): void {}

/**
 * The socket of an open session. `session.socket` is a proxy that throws once the session has ended; its
 * methods are those of the socket, and this one returns what it belongs to.
 */
export function socketOfSession(session: Http2Session): Socket {
  return session.socket.off("close", nothing) as Socket;
}

/**
 * Ends a stream with RST_STREAM and CANCEL. As it is, Node sends END_STREAM before that, which tells the peer of an
 * end in order; Hypercorn 0.18 drops the whole session for it, where it has done with the stream itself.
 */
export function resetStream(stream: Http2Stream): void {
  stream._final = finished;
  if (!stream.closed) stream.close(CANCEL);
  stream.destroy();
}

function finished(done: () => void): void {
  done();
}

/** Destroys a stream of any kind whose peer is to know that this is no end in order. */
export function abandonStream(stream: Duplex): void {
  if (isHttp2Stream(stream)) resetStream(stream);
  else stream.destroy();
}
