import type { Socket } from "node:net";
import { bindSocket, type SocketListener, shareReads } from "./events.ts";
import { handleOf } from "./system-handle.ts";
import type { Transport } from "./transport.ts";
import { canWriteDirectly, writeDirectly } from "./write-directly.ts";

const NOTHING = Buffer.alloc(0);

/** What a handle knows of its write: Node's own timeouts of sockets go by the same. */
interface Handle {
  readonly writeQueueSize?: number;
}

/** Sockets of the system: TCP, Unix sockets and pipes. */
class NetTransport implements Transport<Socket> {
  readonly largestWrite = Number.POSITIVE_INFINITY;
  readonly #direct: boolean;
  readonly #shared: boolean;

  constructor(direct: boolean, shared: boolean) {
    this.#direct = direct;
    this.#shared = shared;
  }

  bind(socket: Socket, listener: SocketListener): void {
    bindSocket(socket, listener);
    if (this.#shared) shareReads(socket);
  }

  pause(socket: Socket): void {
    socket.pause();
  }

  resume(socket: Socket): void {
    socket.resume();
  }

  isPaused(socket: Socket): boolean {
    return socket.isPaused();
  }

  readAhead(socket: Socket): number {
    return socket.readableLength;
  }

  write(socket: Socket, bytes: Buffer, listener: SocketListener): boolean {
    if (this.#direct) {
      const outcome = writeDirectly(socket, bytes, listener);
      if (outcome !== "refused") return outcome === "written";
    }
    socket.write(bytes);
    return isTaken(socket, listener);
  }

  writeAll(socket: Socket, buffers: readonly Buffer[], listener: SocketListener): boolean {
    socket.cork();
    for (const bytes of buffers) socket.write(bytes);
    socket.uncork();
    return isTaken(socket, listener);
  }

  left(socket: Socket): number {
    return handleOf<Handle>(socket)?.writeQueueSize ?? -1;
  }

  end(socket: Socket): void {
    socket.end();
  }

  destroy(socket: Socket): void {
    socket.destroy();
  }

  ref(socket: Socket): void {
    socket.ref();
  }

  unref(socket: Socket): void {
    socket.unref();
  }
}

/**
 * Whether the system has taken what was written, which it nearly always has: the length of a plain socket's
 * queue is 0 then, right after the write (Node 20 to 26). Otherwise the listener will be told.
 */
function isTaken(socket: Socket, listener: SocketListener): boolean {
  // What is written behind its end never is.
  if (socket.destroyed) return false;
  if (socket.writableLength === 0) return true;
  // Below the socket's own mark there is no "drain"; but writes end in order.
  if (!socket.writableNeedDrain) {
    socket.write(NOTHING, (error) => {
      if (!error) listener.onDrain();
    });
  }
  return false;
}

const transports = new Map<number, NetTransport>();

/**
 * The transport of an open socket of the system.
 *
 * @param directWrites see {@link writeDirectly}; only where this kind of socket can
 * @param sharedReads see {@link shareReads}
 */
export function netTransport(
  socket: Socket,
  directWrites: boolean,
  sharedReads: boolean,
): Transport<Socket> {
  const direct = directWrites && canWriteDirectly(socket);
  const key = (direct ? 1 : 0) | (sharedReads ? 2 : 0);
  let transport = transports.get(key);
  if (transport === undefined) {
    transport = new NetTransport(direct, sharedReads);
    transports.set(key, transport);
  }
  return transport;
}
