import {
  type Connection,
  type ConnectionState,
  type Handler,
  newState,
  type Transport,
} from "./transport.ts";

// The part of Bun's socket API used here; its types are not installed.
interface BunSocket {
  data: BunConnection;
  write(data: Uint8Array, byteOffset?: number, byteLength?: number): number;
  terminate(): void;
  setNoDelay(on: boolean): void;
}
interface BunHandler {
  open(socket: BunSocket): void;
  handshake?(socket: BunSocket): void;
  data(socket: BunSocket, chunk: Buffer): void;
  drain(socket: BunSocket): void;
  close(socket: BunSocket, error?: Error): void;
  error(): void;
  connectError(): void;
}
interface BunRuntime {
  version: string;
  connect(options: {
    hostname: string;
    port: number;
    data: BunConnection;
    tls?: { rejectUnauthorized: boolean; ALPNProtocols?: Buffer };
    socket: BunHandler;
  }): Promise<BunSocket>;
  listen(options: { hostname: string; port: number; socket: BunHandler }): {
    port: number;
    stop(closeAll: boolean): void;
  };
}

const HOST = "127.0.0.1";
const bun = (globalThis as unknown as { Bun: BunRuntime }).Bun;

class BunConnection implements Connection {
  readonly state: ConnectionState = newState();
  socket: BunSocket | undefined;
  // Bun's write() takes what the kernel takes; the rest waits here for `drain`.
  readonly #waiting: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    if (this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      return;
    }
    const written = Math.max(0, this.socket?.write(bytes) ?? 0);
    if (written < bytes.length) this.#waiting.push(bytes.subarray(written));
  }

  drain(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = Math.max(0, this.socket?.write(first) ?? 0);
      if (written < first.length) {
        this.#waiting[0] = first.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
  }

  destroy(): void {
    this.socket?.terminate();
  }
}

type Kind = "client" | "tls" | "server";

// One set of callbacks for each Handler and kind, shared by its sockets.
const adapted = {
  client: new WeakMap<Handler, BunHandler>(),
  tls: new WeakMap<Handler, BunHandler>(),
  server: new WeakMap<Handler, BunHandler>(),
};

function adapt(handler: Handler, kind: Kind): BunHandler {
  const made = adapted[kind].get(handler) ?? makeCallbacks(handler, kind);
  adapted[kind].set(handler, made);
  return made;
}

function makeCallbacks(handler: Handler, kind: Kind): BunHandler {
  const callbacks: BunHandler = {
    open(socket) {
      if (kind === "server") socket.data = new BunConnection();
      socket.data.socket = socket;
      socket.setNoDelay(true);
      if (kind !== "tls") handler.open(socket.data);
    },
    data(socket, chunk) {
      handler.data(socket.data, chunk);
    },
    drain(socket) {
      socket.data.drain();
    },
    close(socket, error) {
      handler.close(socket.data, error);
    },
    error() {}, // `close` follows.
    connectError() {}, // The promise of connect() rejects.
  };
  if (kind === "tls") callbacks.handshake = (socket) => handler.open(socket.data);
  return callbacks;
}

/** Sockets of `Bun.connect` and `Bun.listen`. */
export const bunTransport: Transport = {
  name: `bun ${bun.version}`,

  connect(port, tls, handler) {
    const connection = new BunConnection();
    // ALPN has each name behind its length.
    const alpn = tls === "h2" ? { ALPNProtocols: Buffer.from("\x02h2") } : {};
    const options = {
      hostname: HOST,
      port,
      data: connection,
      socket: adapt(handler, tls ? "tls" : "client"),
    };
    bun
      .connect(tls ? { ...options, tls: { rejectUnauthorized: false, ...alpn } } : options)
      .catch((error: Error) => handler.close(connection, error));
  },

  async listen(handler) {
    const server = bun.listen({ hostname: HOST, port: 0, socket: adapt(handler, "server") });
    return { port: server.port, close: () => server.stop(false) };
  },
};
