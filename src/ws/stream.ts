import { Duplex, type DuplexOptions } from "node:stream";
import { CLOSED, CONNECTING } from "./constants.ts";
import type { WebSocket } from "./types/websocket.ts";

/** The stream below a WebSocket; see docs/ws.md. */
interface Streamed extends WebSocket {
  readonly _socket: Duplex | null;
}

/**
 * A WebSocket as a stream: each chunk that is written is sent as a binary message, and what messages hold is read,
 * with back-pressure in both directions. The end of the stream closes the connection; to destroy it terminates that.
 *
 * @param options of `Duplex`; with `readableObjectMode` each message is one chunk, a string for text
 */
export function createWebSocketStream(ws: WebSocket, options: DuplexOptions = {}): Duplex {
  /** Whether the connection is to go with the stream. */
  let terminates = true;

  const duplex = new Duplex({
    ...options,
    // The stream lives until both its sides have ended and the connection has, too.
    autoDestroy: false,
    emitClose: false,
    objectMode: false,
    writableObjectMode: false,
    read() {
      if (ws.isPaused) ws.resume();
    },
    write(chunk: Buffer, encoding, done) {
      if (ws.readyState === CONNECTING) ws.once("open", () => duplex._write(chunk, encoding, done));
      else ws.send(chunk, done as (error?: Error) => void);
    },
    final: (done) => end(done),
    destroy: (error, done) => destroy(error, done),
  });

  function end(done: () => void): void {
    const { _socket: socket } = ws as Streamed;
    if (ws.readyState === CONNECTING) {
      ws.once("open", () => end(done));
    } else if (socket === null) {
      // It was never open: the error that says why is on its way.
    } else if (socket.writableFinished) {
      done();
      if (duplex.readableEnded) duplex.destroy();
    } else {
      socket.once("finish", () => done());
      ws.close();
    }
  }

  function destroy(reason: Error | null, done: (error: Error | null) => void): void {
    const emitClose = () => process.nextTick(() => duplex.emit("close"));
    if (ws.readyState === CLOSED) {
      done(reason);
      emitClose();
      return;
    }
    let isTold = false;
    const tell = (error: Error | null) => {
      if (!isTold) done(error);
      isTold = true;
    };
    ws.once("error", tell);
    ws.once("close", () => {
      tell(reason);
      emitClose();
    });
    if (terminates) ws.terminate();
  }

  ws.on("message", (data, isBinary) => {
    const chunk = !isBinary && duplex.readableObjectMode ? String(data) : data;
    if (!duplex.push(chunk)) ws.pause();
  });
  ws.once("error", (error) => {
    if (duplex.destroyed) return;
    // The connection ends by itself.
    terminates = false;
    duplex.destroy(error);
  });
  ws.once("close", () => {
    if (!duplex.destroyed) duplex.push(null);
  });
  duplex.on("end", () => {
    if (!duplex.destroyed && duplex.writableFinished) duplex.destroy();
  });
  const onError = (error: Error) => {
    duplex.off("error", onError);
    duplex.destroy();
    // One that nobody else listens for ends the process, as that of any stream.
    if (duplex.listenerCount("error") === 0) duplex.emit("error", error);
  };
  duplex.on("error", onError);
  return duplex;
}
