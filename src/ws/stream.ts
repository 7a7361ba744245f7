import { Duplex, type DuplexOptions } from "node:stream";
import { CLOSED, CONNECTING } from "./constants.ts";
import type { WebSocket } from "./types/websocket.ts";

/** With what programs find the stream below by; see docs/ws.md. */
interface Streamed extends WebSocket {
  readonly _socket: Duplex | null;
}

type Done = (error?: Error | null) => void;

/**
 * A WebSocket as a stream: each chunk that is written is sent as a binary message, and what messages hold is read,
 * with back-pressure in both directions. The end of the stream closes the connection; to destroy it terminates that.
 *
 * @param options of `Duplex`; with `readableObjectMode` each message is one chunk, a string for text
 */
export function createWebSocketStream(ws: WebSocket, options: DuplexOptions = {}): Duplex {
  /** Whether the connection is to be destroyed with the stream: not where it ends by itself. */
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
    final: (done) => end(ws as Streamed, duplex, done),
    destroy(error, done) {
      onceEnded(ws, duplex, error, done);
      if (terminates && ws.readyState !== CLOSED) ws.terminate();
    },
  });
  passOn(ws, duplex, (error) => {
    terminates = false;
    duplex.destroy(error);
  });
  destroyAtEnd(duplex);
  return duplex;
}

/** Messages and the end of the WebSocket become those of the stream. */
function passOn(ws: WebSocket, duplex: Duplex, fail: (error: Error) => void): void {
  ws.on("message", (data, isBinary) => {
    const chunk = !isBinary && duplex.readableObjectMode ? String(data) : data;
    if (!duplex.push(chunk)) ws.pause();
  });
  ws.once("error", (error) => {
    if (!duplex.destroyed) fail(error);
  });
  ws.once("close", () => {
    if (!duplex.destroyed) duplex.push(null);
  });
}

/** All has been written: closes the connection, and is done when this side of it has ended. */
function end(ws: Streamed, duplex: Duplex, done: Done): void {
  const { _socket: socket } = ws;
  if (ws.readyState === CONNECTING) {
    ws.once("open", () => end(ws, duplex, done));
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

/** Tells an error of the WebSocket at once, and closes the stream when the connection has ended. */
function onceEnded(ws: WebSocket, duplex: Duplex, reason: Error | null, done: Done): void {
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
}

function destroyAtEnd(duplex: Duplex): void {
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
}
