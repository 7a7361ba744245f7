import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { bindSocket, type SocketListener, shareReads } from "./events.ts";
import { handleOf } from "./system-handle.ts";
import type { Transport } from "./transport.ts";

/** What is read of a handle. */
interface Handle {
  readonly writeQueueSize?: number;
  /** Of TLS, the handle of the socket below. */
  readonly _parent?: Handle;
}

/** Most bytes that TLS puts into a record (RFC 8446 §5.1). */
const RECORD = 16 * 1024;

/** Streams that take their time for every write, and tell when it has ended by its callback. */
class StreamTransport implements Transport<Duplex> {
  readonly largestWrite: number;
  readonly #shared: boolean;
  readonly #copies: boolean;

  /**
   * @param shared whether the stream may read into the chunk that sockets share
   * @param copies whether it may read what it was given after the write has ended
   */
  constructor(largestWrite: number, shared: boolean, copies: boolean) {
    this.largestWrite = largestWrite;
    this.#shared = shared;
    this.#copies = copies;
  }

  bind(stream: Duplex, listener: SocketListener): void {
    bindSocket(stream, listener, false);
    if (this.#shared) shareReads(stream as Socket);
  }

  pause(stream: Duplex): void {
    stream.pause();
  }

  resume(stream: Duplex): void {
    stream.resume();
  }

  isPaused(stream: Duplex): boolean {
    return stream.isPaused();
  }

  readAhead(stream: Duplex): number {
    return stream.readableLength;
  }

  write(stream: Duplex, bytes: Buffer, listener: SocketListener): boolean {
    stream.write(this.#copies ? copyOf(bytes) : bytes, (error) => {
      if (!error) listener.onDrain();
    });
    return false;
  }

  writeAll(stream: Duplex, buffers: readonly Buffer[], listener: SocketListener): boolean {
    const [last] = buffers.slice(-1);
    stream.cork();
    for (const bytes of buffers.slice(0, -1)) stream.write(this.#copies ? copyOf(bytes) : bytes);
    if (last !== undefined) this.write(stream, last, listener);
    stream.uncork();
    return false;
  }

  left(stream: Duplex): number {
    const handle = handleOf<Handle>(stream as Socket);
    const left = handle?.writeQueueSize ?? -1;
    // From Node 24.22 on TLS takes what it was given a turn later, and does not count it until then.
    if (stream.writableLength > RECORD) return left === 0 ? stream.writableLength : left;
    // TLS counts bytes until the end of the write is told, a turn of the event loop later. What fits into a record was
    // given to the socket below as a whole.
    return left <= 0 ? left : (handle?._parent?.writeQueueSize ?? left);
  }

  end(stream: Duplex): void {
    stream.end();
  }

  destroy(stream: Duplex): void {
    stream.destroy();
  }

  ref(stream: Duplex): void {
    (stream as Partial<Socket>).ref?.();
  }

  unref(stream: Duplex): void {
    (stream as Partial<Socket>).unref?.();
  }
}

/** Not from the pool of short buffers, of which a few bytes that wait would hold 8 KiB. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

const PIECE = 64 * 1024;

const shared = new StreamTransport(Number.POSITIVE_INFINITY, true, false);
const plain = new StreamTransport(Number.POSITIVE_INFINITY, false, false);
const foreign = new StreamTransport(PIECE, false, true);

/**
 * The transport of a TLS socket.
 *
 * @param sharedReads see {@link shareReads}
 */
export function tlsTransport(_: TLSSocket, sharedReads: boolean): Transport<Duplex> {
  return sharedReads ? shared : plain;
}

/** The transport of a stream of somebody's own, of which nothing is known but that it is one. */
export function duplexTransport(): Transport<Duplex> {
  return foreign;
}
