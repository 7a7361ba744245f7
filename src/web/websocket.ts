import { ConnectionClosedError } from "../errors.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { checkClose, checkProtocols, urlRecord } from "./arguments.ts";
import { BufferedAmount } from "./buffered-amount.ts";
import type { ConnectionEnd, WebEndpoint } from "./endpoint.ts";
import {
  clampedShort,
  domString,
  requireArguments,
  strings,
  usvString,
} from "./idl/conversions.ts";
import { EventHandlers } from "./idl/event-handlers.ts";
import { closeEvent, errorEvent, messageEvent } from "./idl/events.ts";
import { defineInterface } from "./idl/interface.ts";
import { outgoing, received } from "./messages.ts";
import { Establishing, type OpeningEvents } from "./opening/establish.ts";
import { planOpening, type WebSocketOptions } from "./opening/options.ts";
import { Tasks } from "./tasks.ts";
import type { BinaryType } from "./types.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** @internal What is behind a WebSocket that has been open; undefined for one that has not. */
export let endpointOfSocket: (socket: WebSocket) => WebEndpoint | undefined;

let EVENTS: OpeningEvents<WebSocket>;

/**
 * The interface WebSocket of the standard, as `types.ts` describes it for users. It has no members but those of the
 * standard.
 */
export class WebSocket extends EventTarget {
  readonly #url: string;
  readonly #origin: string;
  readonly #tasks = new Tasks();
  #state = CONNECTING;
  #binaryType: BinaryType = "blob";
  /** Until the connection is there. */
  #establishing: Establishing<WebSocket> | undefined;
  #endpoint: WebEndpoint | undefined;
  #handlers: EventHandlers | undefined;
  /** Once something was sent. */
  #buffered: BufferedAmount | undefined;

  constructor(url: unknown, protocols: unknown = undefined, options: unknown = undefined) {
    super();
    requireArguments("WebSocket()", arguments.length, 1);
    const record = urlRecord(url);
    const list =
      strings(protocols, domString) ?? (protocols === undefined ? [] : [domString(protocols)]);
    checkProtocols(list);
    // To the standard, a third argument is one too many, which is ignored.
    const isGiven = typeof options === "object" && options !== null;
    const plan = planOpening(record, list, isGiven ? (options as WebSocketOptions) : {});
    this.#url = record.href;
    this.#origin = record.origin;
    this.#establishing = new Establishing(plan, this, EVENTS, this.#tasks);
  }

  static {
    endpointOfSocket = (socket) => socket.#endpoint;
    EVENTS = {
      onOpened(socket, endpoint) {
        socket.#establishing = undefined;
        socket.#endpoint = endpoint;
        socket.#state = OPEN;
        socket.dispatchEvent(new Event("open"));
      },
      onMessage(socket, data) {
        if (socket.#state === OPEN) {
          socket.#buffered?.update();
          const event = messageEvent(received(data, socket.#binaryType), socket.#origin);
          socket.dispatchEvent(event);
        }
        return true;
      },
      onClosing(socket) {
        if (socket.#state === OPEN) socket.#state = CLOSING;
      },
      onClosed: (socket, end) => socket.#end(end),
    };
  }

  get url(): string {
    return this.#url;
  }

  get readyState(): number {
    return this.#state;
  }

  get bufferedAmount(): number {
    return this.#buffered?.bytes ?? 0;
  }

  get onopen(): unknown {
    return this.#handler("open");
  }

  set onopen(value: unknown) {
    this.#setHandler("open", value);
  }

  get onerror(): unknown {
    return this.#handler("error");
  }

  set onerror(value: unknown) {
    this.#setHandler("error", value);
  }

  get onclose(): unknown {
    return this.#handler("close");
  }

  set onclose(value: unknown) {
    this.#setHandler("close", value);
  }

  get extensions(): string {
    return this.#endpoint?.facts.extensions ?? "";
  }

  get protocol(): string {
    return this.#endpoint?.facts.protocol ?? "";
  }

  close(code: unknown = undefined, reason: unknown = undefined): void {
    // Read first, so that another receiver is what is complained about.
    const endpoint = this.#endpoint;
    const number = code === undefined ? undefined : clampedShort(code);
    const text = reason === undefined ? "" : usvString(reason);
    checkClose(number, text);
    if (this.#state >= CLOSING) return;
    this.#state = CLOSING;
    if (endpoint === undefined) {
      const message = "close() was called before the connection was established";
      this.#establishing?.abort(new DOMException(message, "AbortError"));
      return;
    }
    // There is no reason without a code (RFC 6455 §5.5.1).
    const usual = text === "" ? CloseCode.noStatus : CloseCode.normal;
    endpoint.closing.close({ code: number ?? usual, reason: text });
  }

  get onmessage(): unknown {
    return this.#handler("message");
  }

  set onmessage(value: unknown) {
    this.#setHandler("message", value);
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  /** What is no value of the enumeration is ignored, as Web IDL has it. */
  set binaryType(type: unknown) {
    const text = domString(type);
    // The private field is read so that the receiver is checked.
    this.#binaryType = text === "blob" || text === "arraybuffer" ? text : this.#binaryType;
  }

  send(data: unknown): void {
    const endpoint = this.#endpoint;
    requireArguments("send()", arguments.length, 1);
    const message = outgoing(data);
    if (this.#state === CONNECTING) {
      const text = "the WebSocket is not open yet: send() is for after the event open";
      throw new DOMException(text, "InvalidStateError");
    }
    this.#buffered ??= new BufferedAmount();
    if (this.#state === OPEN && endpoint?.phase === "open") {
      endpoint.sendOwn(message.data);
      this.#buffered.sent(message.bytes, endpoint);
    } else this.#buffered.lost(message.bytes);
  }

  #handler(type: string): unknown {
    return this.#handlers?.get(type) ?? null;
  }

  #setHandler(type: string, value: unknown): void {
    this.#handlers ??= new EventHandlers(this);
    this.#handlers.set(type, value);
  }

  #end({ code, reason, clean, error }: ConnectionEnd): void {
    this.#state = CLOSED;
    this.#establishing = undefined;
    // "If the user agent was required to fail the WebSocket connection": so also where TCP is lost (§7.2.1).
    const isFailed = error !== undefined || code === CloseCode.abnormal;
    if (isFailed) this.dispatchEvent(errorEvent(error ?? lostConnection()));
    this.#tasks.post(() => {
      this.dispatchEvent(closeEvent(clean, code, reason));
      return true;
    });
  }
}

function lostConnection(): ConnectionClosedError {
  const message = "the connection was lost: TCP has ended without a Close frame of the server";
  return new ConnectionClosedError(message, CloseCode.abnormal, "");
}

defineInterface(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED });
