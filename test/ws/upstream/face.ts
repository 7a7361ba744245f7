/**
 * What the tests of `ws` load, by the paths below their folder: the package itself, and of its own modules those
 * that barewire has something for. They are bundled into one file for `child.cjs`.
 */
import { EMPTY_BUFFER } from "../../../src/ws/constants.ts";
import { closeCodeOf } from "../../../src/ws/errors.ts";
import { CloseEvent, ErrorEvent, Event, listenerOf, MessageEvent } from "../../../src/ws/events.ts";
import WebSocket, {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  subprotocol,
} from "../../../src/ws/ws.ts";

export const modules: Readonly<Record<string, unknown>> = {
  "..": WebSocket,
  "../lib/constants": {
    EMPTY_BUFFER,
    GUID: "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
    hasBlob: true,
    kListener: listenerOf,
    kStatusCode: closeCodeOf,
    NOOP: () => {},
  },
  "../lib/event-target": { CloseEvent, ErrorEvent, Event, MessageEvent },
  "../lib/extension": extension,
  "../lib/permessage-deflate": PerMessageDeflate,
  "../lib/receiver": Receiver,
  "../lib/sender": Sender,
  "../lib/stream": createWebSocketStream,
  "../lib/subprotocol": subprotocol,
};
