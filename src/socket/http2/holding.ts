import type { Http2Session, Http2Stream } from "node:http2";

/** The streams of each session that keep the process running, for sessions that go by their streams. */
const holders = new WeakMap<Http2Session, Set<Http2Stream>>();

/**
 * From now on a session holds the process only while one of its streams does, see {@link holdSession}: one that
 * waits for its next stream does not.
 */
export function holdByStreams(session: Http2Session): void {
  holders.set(session, new Set());
  session.unref();
}

/** Whether a stream is one of those that have their session hold the process, until it is closed. */
export function holdSession(stream: Http2Stream, held: boolean): void {
  const { session } = stream;
  const streams = session && holders.get(session);
  if (session === undefined || streams === undefined || streams.has(stream) === held) return;
  const release = () => {
    if (streams.delete(stream) && streams.size === 0 && !session.destroyed) session.unref();
  };
  if (!held) {
    release();
    return;
  }
  streams.add(stream);
  session.ref();
  stream.once("close", release);
}
