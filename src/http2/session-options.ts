/** How sessions of HTTP/2 are set up, on both sides. */
import type { SessionOptions } from "node:http2";

/**
 * Bytes that the peer may send on a stream before it is read: a stream that is not read holds as many, and one
 * whose peer is 50 ms away takes 5 MB a second at most.
 */
export const STREAM_WINDOW = 256 * 1024;

/**
 * The same for all streams of a session together. Node gives it back as soon as the bytes have arrived, so it
 * holds no stream up because of another: it only has to be larger than what is under way.
 */
export const SESSION_WINDOW = 1024 * 1024;

/** Bytes that Node may hold for each stream: its own objects, and a write that is under way. */
const MEMORY_PER_STREAM = 128 * 1024;
/** Least of that for a session, in megabytes: Node's own default. */
const LEAST_MEMORY = 10;

/** Options of a session that carries so many WebSockets at most. */
export function sessionOptions(streams: number): SessionOptions {
  const memory = Math.ceil((streams * MEMORY_PER_STREAM) / 1e6);
  return {
    settings: { enableConnectProtocol: true, initialWindowSize: STREAM_WINDOW },
    maxSessionMemory: Math.max(memory, LEAST_MEMORY),
  };
}
