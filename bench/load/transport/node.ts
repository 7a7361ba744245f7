import { connect as connectTcp, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  type Connection,
  type ConnectionState,
  type Handler,
  newState,
  type Transport,
} from "./transport.ts";

const HOST = "127.0.0.1";

// One buffer for all client sockets: a read is handled before the next one can happen.
const readBuffer = Buffer.allocUnsafe(256 * 1024);

class NodeConnection implements Connection {
  readonly state: ConnectionState = newState();
  socket: Socket | undefined;

  write(bytes: Uint8Array): void {
    this.socket?.write(bytes);
  }

  destroy(): void {
    this.socket?.destroy();
  }
}

function watch(connection: NodeConnection, socket: Socket, handler: Handler): void {
  connection.socket = socket;
  let failure: Error | undefined;
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => handler.close(connection, failure));
}

/** Sockets of `node:net` and `node:tls`. */
export const nodeTransport: Transport = {
  name: `node ${process.versions.node}`,

  connect(port, tls, handler) {
    const connection = new NodeConnection();
    const opened = () => handler.open(connection);
    if (tls) {
      const alpn = tls === "h2" ? { ALPNProtocols: ["h2"] } : {};
      const target = { host: HOST, port, rejectUnauthorized: false, ...alpn };
      const socket = connectTls(target, opened);
      socket.setNoDelay(true);
      socket.on("data", (chunk) => handler.data(connection, chunk));
      watch(connection, socket, handler);
      return;
    }
    const onread = {
      buffer: readBuffer,
      callback(size: number): boolean {
        handler.data(connection, readBuffer.subarray(0, size));
        return true;
      },
    };
    const socket = connectTcp({ host: HOST, port, noDelay: true, onread }, opened);
    watch(connection, socket, handler);
  },

  listen(handler) {
    const server = createServer({ noDelay: true }, (socket) => {
      const connection = new NodeConnection();
      watch(connection, socket, handler);
      socket.on("data", (chunk) => handler.data(connection, chunk));
      handler.open(connection);
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: 0, host: HOST, backlog: 4096 }, () => {
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        resolve({ port, close: () => server.close() });
      });
    });
  },
};
