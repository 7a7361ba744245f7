import {
  ReadableStream,
  type ReadableStreamDefaultController,
  WritableStream,
  type WritableStreamDefaultController,
} from "node:stream/web";
import { TOO_LARGE_TO_COPY } from "../connection/sending/data.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { ownMemory } from "../protocol/message-memory.ts";
import { addAbortListener, removeAbortListener } from "../socket/abort-listeners.ts";
import { checkClose, checkProtocols, urlRecord } from "./arguments.ts";
import { Deferred } from "./deferred.ts";
import type { ConnectionEnd, WebEndpoint } from "./endpoint.ts";
import { dictionary, requireArguments, strings, usvString } from "./idl/conversions.ts";
import { defineInterface } from "./idl/interface.ts";
import { bytesOf } from "./messages.ts";
import { Establishing, type OpeningEvents } from "./opening/establish.ts";
import { planOpening } from "./opening/options.ts";
import { Tasks } from "./tasks.ts";
import type { WebSocketOpenInfo, WebSocketStreamOptions } from "./types.ts";
import {
  closeInfo,
  errorOfEnd,
  type WebSocketCloseInfo,
  WebSocketError,
} from "./websocket-error.ts";

type Chunk = string | Uint8Array;
type State = "connecting" | "open" | "closing" | "closed";

/** @internal What is behind a WebSocketStream that has been open; undefined for one that has not. */
export let endpointOfStream: (stream: WebSocketStream) => WebEndpoint | undefined;

let EVENTS: OpeningEvents<WebSocketStream>;

/**
 * A WebSocket as two streams, with back-pressure, as the proposal for the WHATWG's standard has it
 * (`whatwg/websockets#48`). It may change as that does.
 */
export class WebSocketStream {
  readonly #url: string;
  readonly #opened = new Deferred<WebSocketOpenInfo>();
  readonly #closed = new Deferred<Required<WebSocketCloseInfo>>();
  readonly #tasks = new Tasks();
  #state: State = "connecting";
  #establishing: Establishing<WebSocketStream> | undefined;
  #endpoint: WebEndpoint | undefined;
  #isAborted = false;
  /** Whether something had not been written when the server closed. */
  #isCut = false;
  #reading: ReadableStreamDefaultController<Chunk> | undefined;
  #writing: WritableStreamDefaultController | undefined;
  /** The write that waits for the peer. */
  #write: Deferred<void> | undefined;
  /** The closing of the writable, which ends with the connection. */
  #writableClose: Deferred<void> | undefined;

  /**
   * Opens a WebSocket. {@link opened} says whether that succeeds.
   *
   * @param url in the scheme `ws:`, `wss:`, `http:` or `https:`, without a fragment
   * @throws DOMException `SyntaxError` for a URL or a subprotocol that is wrong
   * @throws TypeError for options that are no object, and an ArgumentError (a TypeError) for one that is wrong
   */
  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    requireArguments("WebSocketStream()", arguments.length, 1);
    const given = dictionary("options", options) as WebSocketStreamOptions;
    const { protocols, signal, ...rest } = given;
    const record = urlRecord(url);
    const list = protocols === undefined ? [] : strings(protocols, usvString);
    if (list === undefined) throw new TypeError("protocols is not an iterable object of strings");
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new TypeError("signal is not an AbortSignal");
    }
    checkProtocols(list);
    const plan = planOpening(record, list, rest);
    this.#url = record.href;
    if (signal?.aborted) {
      this.#opened.reject(signal.reason);
      this.#closed.reject(signal.reason);
      this.#state = "closed";
      return;
    }
    this.#establishing = new Establishing(plan, this, EVENTS, this.#tasks);
    if (signal !== undefined) this.#heed(signal);
  }

  static {
    endpointOfStream = (stream) => stream.#endpoint;
    EVENTS = {
      onOpened: (stream, endpoint) => stream.#open(endpoint),
      onMessage: (stream, data) => stream.#receive(data),
      onClosing(stream) {
        if (stream.#state !== "open") return;
        stream.#state = "closing";
        stream.#isCut = stream.#write !== undefined;
      },
      onClosed: (stream, end) => stream.#end(end),
    };
  }

  /** The URL that it was opened with, resolved. */
  get url(): string {
    return this.#url;
  }

  /** Resolves once the connection is there; rejects with a {@link WebSocketError}, or the reason of the signal. */
  get opened(): Promise<WebSocketOpenInfo> {
    return this.#opened.promise;
  }

  /**
   * Resolves once the connection has ended with a closing handshake, with the code and the reason of the server's
   * Close. Rejects with a {@link WebSocketError} where it has ended otherwise, or was never there, or where the
   * server has closed before all that was written had left.
   */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return this.#closed.promise;
  }

  /**
   * Begins the closing handshake (RFC 6455 §7.1.2), behind what was written before; gives up a connection that is
   * being made. Closing twice is no error; the first call decides.
   *
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   * @throws TypeError for what is no object with these properties
   */
  close(info: WebSocketCloseInfo = {}): void {
    const { code, reason } = closeInfo(info);
    this.#close(code, reason);
  }

  #heed(signal: AbortSignal): void {
    const onAbort = (): void => {
      if (this.#state !== "connecting") return;
      this.#state = "closing";
      this.#isAborted = true;
      this.#establishing?.abort(signal.reason);
      this.#opened.reject(signal.reason);
      this.#closed.reject(signal.reason);
    };
    addAbortListener(signal, onAbort);
    const forget = (): void => removeAbortListener(signal, onAbort);
    this.#opened.promise.then(forget, forget);
  }

  #open(endpoint: WebEndpoint): void {
    this.#establishing = undefined;
    this.#endpoint = endpoint;
    this.#state = "open";
    // "Apply backpressure": nothing is read until the readable asks for it.
    endpoint.receiver.holdForOpen();
    const readable = new ReadableStream<Chunk>({
      start: (controller) => {
        this.#reading = controller;
      },
      pull: () => endpoint.readOn(),
      cancel: (reason) => this.#closeUsing(reason),
    });
    const writable = new WritableStream<string | ArrayBuffer | ArrayBufferView>({
      start: (controller) => {
        this.#writing = controller;
        // `abort` of a sink is called only when a write that waits has ended. @types/node lacks the property.
        const { signal } = controller as WritableStreamDefaultController & { signal: AbortSignal };
        signal.addEventListener("abort", () => this.#closeUsing(signal.reason));
      },
      write: (chunk) => this.#send(chunk, endpoint),
      close: () => this.#closeWritable(),
    });
    const { extensions, protocol } = endpoint.facts;
    this.#opened.resolve({ readable, writable, extensions, protocol });
  }

  /** @returns whether the next message may come already */
  #receive(data: string | Buffer): boolean {
    if (this.#state !== "open") return true;
    this.#reading?.enqueue(typeof data === "string" ? data : new Uint8Array(ownMemory(data)));
    return false;
  }

  #send(chunk: unknown, endpoint: WebEndpoint): Promise<void> | undefined {
    const data = bytesOf(chunk) ?? usvString(chunk);
    if (endpoint.phase === "open") {
      const sent = endpoint.sendOwn(data);
      if (sent === undefined && data.length < TOO_LARGE_TO_COPY) return undefined;
      const write = this.#awaitWrite();
      const written = (): void => this.#written(write);
      // The first of these may come before anything has been read.
      Promise.resolve(sent).then(() => setImmediate(setImmediate, written), ignore);
      return write.promise;
    }
    // It is not sent any more, and the end of the connection says so.
    return this.#awaitWrite().promise;
  }

  /**
   * A write is with the system. This is said once sockets have been read again: a Close of the server's that has
   * arrived meanwhile is to be seen first, with which the write counts as not done. A fast server can take a long
   * message, and close before it, while the system's call is still writing.
   */
  #written(write: Deferred<void>): void {
    if (this.#isCut || this.#write !== write) return;
    this.#write = undefined;
    write.resolve();
  }

  /** A write that is not done when the connection ends fails. */
  #awaitWrite(): Deferred<void> {
    this.#write = new Deferred();
    return this.#write;
  }

  #closeWritable(): Promise<void> {
    this.#close(undefined, "");
    this.#writableClose = new Deferred();
    return this.#writableClose.promise;
  }

  #closeUsing(reason: unknown): void {
    const isError = reason instanceof WebSocketError;
    try {
      this.#close(
        isError ? (reason.closeCode ?? undefined) : undefined,
        isError ? reason.reason : "",
      );
    } catch {
      // It came from a server, which may use codes that programs may not.
      this.#close(undefined, "");
    }
  }

  /** "Close the WebSocket". */
  #close(code: number | undefined, reason: string): void {
    checkClose(code, reason);
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#state = "closing";
    if (this.#endpoint === undefined) {
      const message = "close() was called before the connection was established";
      this.#establishing?.abort(new DOMException(message, "AbortError"));
      return;
    }
    const usual = reason === "" ? CloseCode.noStatus : CloseCode.normal;
    this.#endpoint.closing.close({ code: code ?? usual, reason });
  }

  #end({ code, reason, clean, error }: ConnectionEnd): void {
    this.#state = "closed";
    if (this.#isAborted) return;
    const isClean = clean && !this.#isCut;
    const gone = new DOMException("the WebSocketStream is closed", "InvalidStateError");
    if (isClean) {
      closeReadable(this.#reading);
      this.#endWriting(gone);
      this.#writableClose?.resolve();
      this.#closed.resolve({ closeCode: code, reason });
      return;
    }
    const why = errorOfEnd(describeEnd(code, error, this.#isCut), code, reason);
    Object.defineProperty(why, "cause", { value: error, configurable: true, writable: true });
    this.#opened.reject(why);
    this.#reading?.error(why);
    this.#endWriting(this.#write === undefined ? why : gone);
    this.#writableClose?.reject(why);
    this.#closed.reject(why);
  }

  #endWriting(error: unknown): void {
    this.#write?.reject(error);
    this.#writing?.error(error);
  }
}

defineInterface(WebSocketStream);

function ignore(): void {}

/** What is in its queue can still be read. */
function closeReadable(controller: ReadableStreamDefaultController<Chunk> | undefined): void {
  try {
    controller?.close();
  } catch {
    // It was cancelled.
  }
}

function describeEnd(code: number, error: Error | undefined, isCut: boolean): string {
  if (error !== undefined) return error.message;
  if (isCut) return `the server has closed (${code}) before all that was written had left`;
  return "the connection was lost: TCP has ended without a Close frame of the server";
}
