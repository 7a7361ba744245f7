import { EventEmitter } from "node:events";
import type { ClientRequest } from "node:http";
import type { Duplex } from "node:stream";
import type { CloseInfo } from "../connection/close-info.ts";
import { publishError } from "../connection/diagnostics.ts";
import type { EndpointOwner } from "../connection/user-side.ts";
import { Opcode } from "../protocol/opcode.ts";
import { transportFor } from "../socket/choose-transport.ts";
import { groupFor } from "./client/groups.ts";
import { ClientHandshake, type ClientOwner } from "./client/handshake.ts";
import { CLOSED, CLOSING, CONNECTING, EMPTY_BUFFER, OPEN, type ReadyState } from "./constants.ts";
import { FaceEndpoint, type FaceEvents, throwLater } from "./endpoint.ts";
import { closedBeforeOpen, notOpen } from "./errors.ts";
import {
  addListener,
  defineAttributes,
  type EventTarget,
  type Listener,
  removeListener,
  wasClean,
} from "./events.ts";
import { FrameSender } from "./frame-sender.ts";
import { agreedCompression, NEVER_OPENED, type Opening } from "./opening.ts";
import { type Content, closePayload, contentOf, sizeOf } from "./payload.ts";
import { list, nameStates } from "./properties.ts";
import { BINARY_TYPES, type BinaryType, converted } from "./received.ts";
import { sendControl, sendMessage, type WrittenCallback } from "./sending.ts";
import type { ClientOptions } from "./types/client.ts";
import type { SendOptions } from "./types/websocket.ts";

/** Opens a WebSocket whose opening handshake is done. */
export let openWebSocket: (ws: WebSocket, opening: Opening, owner: EndpointOwner) => void;

/** The connection of a WebSocket has ended. */
export let endWebSocket: (ws: WebSocket, info: CloseInfo) => void;

/** Tells WebSockets what comes. */
export let faceEvents: FaceEvents;

let clientOwner: (ws: WebSocket) => ClientOwner;
let control: (ws: WebSocket, opcode: Opcode, args: readonly unknown[]) => void;
let refuse: (ws: WebSocket, content: Content, callback: WrittenCallback | undefined) => void;

/**
 * A WebSocket in the shape of the package `ws`, as `types/websocket.ts` describes it: what the user holds of an
 * endpoint. Programs extend it, so it has no members but those of `ws`.
 */
export class WebSocket extends EventEmitter implements EventTarget {
  declare onclose: Listener | null;
  declare onerror: Listener | null;
  declare onmessage: Listener | null;
  declare onopen: Listener | null;
  /** Once the handshake is done. */
  #endpoint: FaceEndpoint | undefined;
  #state: ReadyState = CONNECTING;
  #binaryType: BinaryType = "nodebuffer";
  #protocol = "";
  #paused = false;
  #failed = false;
  #clean = false;
  /** Bytes that were to be sent when that was not possible any more. */
  #unsent = 0;
  /** Undefined on a server. */
  readonly #client: ClientHandshake | undefined;

  constructor(
    address: string | URL | null,
    protocols?: string | string[] | ClientOptions,
    options?: ClientOptions,
  ) {
    super();
    if (address === null) return;
    const owner = clientOwner(this);
    if (typeof protocols === "object" && protocols !== null && !Array.isArray(protocols)) {
      this.#client = new ClientHandshake(address, [], protocols, owner);
    } else {
      const list = Array.isArray(protocols) ? protocols : [protocols as string];
      const offered = protocols === undefined ? [] : list;
      this.#client = new ClientHandshake(address, offered, options ?? {}, owner);
    }
    this.#client.start();
  }

  static {
    openWebSocket = (ws, { protocol, rest, ...init }, owner) => {
      // To be read like all the rest: others may listen for the stream's data, too.
      if (rest.length > 0) init.stream.unshift(rest);
      const transport = transportFor(init.stream, init.group.settings);
      const endpoint = new FaceEndpoint({ ...init, transport, owner }, ws);
      ws.#endpoint = endpoint;
      ws.#protocol = protocol;
      ws.#state = OPEN;
      endpoint.begin();
      ws.emit("open");
    };
    endWebSocket = (ws, { code, reason, clean }) => {
      ws.#state = CLOSED;
      ws.#clean = clean;
      ws.emit("close", code, reason === "" ? EMPTY_BUFFER : Buffer.from(reason));
    };
    faceEvents = {
      onMessage(face, data, binary) {
        const ws = face as WebSocket;
        const isConverted = binary && ws.#binaryType !== "nodebuffer";
        const message = data.length === 0 ? EMPTY_BUFFER : data;
        ws.emit("message", isConverted ? converted(message, ws.#binaryType) : message, binary);
      },
      onControl(face, event, payload) {
        const ws = face as WebSocket;
        if (ws.listenerCount(event) === 0) return;
        ws.emit(event, payload.length === 0 ? EMPTY_BUFFER : Buffer.from(payload));
      },
      onFailure(face, error) {
        const ws = face as WebSocket;
        if (ws.#failed || ws.#state === CLOSED) return;
        ws.#failed = true;
        // A peer must not be able to end the process, as an error that nobody listens for would.
        if (ws.listenerCount("error") > 0) ws.emit("error", error);
        else publishError(error, undefined);
      },
    };
    clientOwner = (ws) => ({
      face: ws,
      events: faceEvents,
      emit: (event, ...args) => ws.emit(event, ...args),
      listenerCount: (event) => ws.listenerCount(event),
      closing() {
        ws.#state = CLOSING;
      },
      fail(error) {
        ws.#failed = true;
        ws.emit("error", error);
      },
      end: () => endWebSocket(ws, NEVER_OPENED),
      open: (opening) => openWebSocket(ws, opening, ALONE),
    });
    control = (ws, opcode, [data, mask, last]) => {
      const [content, callback] =
        typeof data === "function"
          ? [undefined, data]
          : [data, typeof mask === "function" ? mask : last];
      const written = callback as WrittenCallback | undefined;
      const { readyState } = ws;
      if (readyState === CONNECTING) throw notOpen(CONNECTING);
      if (readyState !== OPEN) refuse(ws, contentOf(content), written);
      else sendControl(ws.#endpoint!, opcode, contentOf(content), written);
    };
    refuse = (ws, content, callback) => {
      ws.#unsent += sizeOf(content);
      if (callback !== undefined) process.nextTick(callback, notOpen(ws.readyState));
    };
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.#binaryType = type;
  }

  get bufferedAmount(): number {
    const endpoint = this.#endpoint;
    endpoint?.flush();
    return this.#unsent + (endpoint?.sender.buffered ?? 0);
  }

  get extensions(): string {
    return this.#endpoint?.compresses ? "permessage-deflate" : "";
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  get protocol(): string {
    return this.#protocol;
  }

  get readyState(): ReadyState {
    return this.#state === OPEN && this.#endpoint!.phase !== "open" ? CLOSING : this.#state;
  }

  get url(): string | undefined {
    return this.#client?.url;
  }

  addEventListener(type: string, listener: Listener, options: { once?: boolean } = {}): void {
    addListener(this, type, listener, options.once === true);
  }

  removeEventListener(type: string, listener: Listener): void {
    removeListener(this, type, listener);
  }

  close(code?: number, reason?: string | Buffer): void {
    const { readyState } = this;
    if (readyState === CONNECTING) this.#client?.abort(closedBeforeOpen());
    if (readyState !== OPEN) return;
    const payload = closePayload(code, reason);
    this.#state = CLOSING;
    this.#endpoint!.closing.close(payload);
  }

  terminate(): void {
    if (this.#state === CLOSED) return;
    if (this.#state === CONNECTING) {
      this.#client?.abort(closedBeforeOpen());
      return;
    }
    this.#state = CLOSING;
    // As with `ws`, what was sent before is with the system by then, and what has arrived is told.
    this.#endpoint?.closing.goOnFailing();
    this.#endpoint?.flush();
    this.#endpoint?.destroyStream();
  }

  pause(): void {
    if (this.#state === CLOSED || this.#endpoint === undefined) return;
    this.#paused = true;
    this.#endpoint.receiver.pause();
    this.#endpoint.receiver.holdStream();
  }

  resume(): void {
    if (this.#state === CLOSED || this.#endpoint === undefined) return;
    this.#paused = false;
    this.#endpoint.receiver.resume();
  }

  send(data?: unknown, options?: SendOptions | WrittenCallback, callback?: WrittenCallback): void {
    const { readyState } = this;
    if (readyState === CONNECTING) throw notOpen(CONNECTING);
    const content = contentOf(data);
    const isCallback = typeof options === "function";
    const written = isCallback ? options : callback;
    if (readyState !== OPEN) refuse(this, content, written);
    else sendMessage(this.#endpoint!, content, isCallback ? undefined : options, written);
  }

  ping(...args: unknown[]): void {
    control(this, Opcode.ping, args);
  }

  pong(...args: unknown[]): void {
    control(this, Opcode.pong, args);
  }

  get [wasClean](): boolean {
    return this.#clean;
  }

  // What programs use although `ws` does not document it: see docs/ws.md.

  /**
   * Opens a WebSocket that was made with null for an address, on a stream whose handshake is done. Programs set its
   * `_isServer` to false before, for it to be a client.
   */
  setSocket(stream: Duplex, head: Buffer, options: ClientOptions = {}): void {
    const role = (this as { _isServer?: boolean })._isServer === false ? "client" : "server";
    const group = groupFor(options, faceEvents, role);
    openWebSocket(
      this,
      { stream, protocol: "", rest: head, group, ...agreedCompression(undefined) },
      ALONE,
    );
  }

  /** The stream below, null before it is open. What was sent before is written to it first. */
  get _socket(): Duplex | null {
    this.#endpoint?.flush();
    return this.#endpoint?.stream ?? null;
  }

  get _sender(): FrameSender | null {
    return this.#endpoint === undefined ? null : new FrameSender(this.#endpoint);
  }

  get _req(): ClientRequest | null {
    return this.#client?.request ?? null;
  }

  get _redirects(): number {
    return this.#client?.redirects ?? 0;
  }
}

nameStates(WebSocket);
list(WebSocket.prototype, [
  ...["binaryType", "bufferedAmount", "extensions", "isPaused", "protocol", "readyState", "url"],
]);
defineAttributes(WebSocket.prototype);

/** Who has an endpoint whose WebSocket belongs to no server. */
const ALONE: EndpointOwner = {
  // Whoever waits for something to be written is told first.
  onClosed: (face, info) => void setImmediate(endWebSocket, face as WebSocket, info),
  onUserError: (_, error) => throwLater(error),
};
