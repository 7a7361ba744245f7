import { ReadableStream, WritableStream } from "node:stream/web";
import { CloseCode } from "../../protocol/close-code.ts";
import type { Inbox } from "../receiving/inbox.ts";
import { isOrdinaryEnd, type Message } from "../receiving/message-iterator.ts";
import { takeItem } from "../receiving/take-item.ts";
import type { Data } from "../sending/data.ts";
import type { StreamedConnection } from "./duplex.ts";

/** The messages of a connection as a web stream, see `Connection.readable`. */
export function readableOf(connection: StreamedConnection, inbox: Inbox): ReadableStream<Message> {
  return new ReadableStream<Message>(
    {
      async pull(controller) {
        try {
          controller.enqueue((await takeItem(inbox)) as Message);
        } catch (error) {
          if (!isOrdinaryEnd(error as Error)) throw error;
          controller.close();
        }
      },
      async cancel() {
        await connection.close(CloseCode.normal);
      },
    },
    // The connection has a queue of its own, whose size its options set.
    { highWaterMark: 0 },
  );
}

/** What is sent on a connection as a web stream, see `Connection.writable`. */
export function writableOf(connection: StreamedConnection): WritableStream<Data> {
  return new WritableStream<Data>({
    async write(data) {
      await connection.send(data);
    },
    async close() {
      await connection.close(CloseCode.normal);
    },
    abort() {
      connection.terminate();
    },
  });
}
