import { Duplex, type DuplexOptions } from "node:stream";
import { CloseCode } from "../../protocol/close-code.ts";
import type { CloseInfo } from "../close-info.ts";
import type { Inbox } from "../receiving/inbox.ts";
import { isOrdinaryEnd } from "../receiving/message-iterator.ts";
import { takeItem } from "../receiving/take-item.ts";
import type { Data } from "../sending/data.ts";

/** The options of `node:stream` that say what is a message and how much waits. */
export type ConnectionDuplexOptions = Pick<
  DuplexOptions,
  | "readableObjectMode"
  | "writableObjectMode"
  | "decodeStrings"
  | "encoding"
  | "readableHighWaterMark"
  | "writableHighWaterMark"
>;

/** The connection, as far as a stream needs it. */
export interface StreamedConnection {
  send(data: Data): Promise<void> | undefined;
  close(code?: number): Promise<CloseInfo>;
  terminate(): void;
}

/** A connection as a stream of `node:stream`, see `Connection.toDuplex`. */
export class ConnectionDuplex extends Duplex {
  readonly #connection: StreamedConnection;
  readonly #inbox: Inbox;
  #reading = false;

  constructor(connection: StreamedConnection, inbox: Inbox, options: ConnectionDuplexOptions) {
    super({ ...options, allowHalfOpen: false });
    this.#connection = connection;
    this.#inbox = inbox;
  }

  override _read(): void {
    if (this.#reading) return;
    this.#reading = true;
    takeItem(this.#inbox).then(
      (item) => {
        this.#reading = false;
        const { readableObjectMode } = this;
        // An empty message is no bytes, and would be taken for the end.
        const empty = typeof item === "string" ? item === "" : (item as Buffer).length === 0;
        if (empty && !readableObjectMode) this._read();
        else this.push(item);
      },
      (error: Error) => {
        if (isOrdinaryEnd(error)) this.push(null);
        else this.destroy(error);
      },
    );
  }

  override _write(
    chunk: string | Uint8Array,
    _: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    try {
      const sent = this.#connection.send(chunk);
      if (sent === undefined) done();
      else sent.then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    // A WebSocket has no half-open state: its Close ends both directions (RFC 6455 §5.5.1).
    this.#connection.close(CloseCode.normal).then(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.terminate();
    done(error);
  }
}
