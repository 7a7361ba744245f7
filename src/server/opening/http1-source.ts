import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HandshakeError, type HandshakeFault } from "../../errors.ts";
import { type HeadLimits, HeadReader } from "../../handshake/head-reader.ts";
import {
  canBeRequestLine,
  checkUpgradeRequest,
  parseRequestHead,
  type RequestHead,
} from "../../handshake/request.ts";
import {
  type Acceptance,
  acceptHead,
  answerBytes,
  type Refusal,
} from "../../handshake/response.ts";
import { bindSocket, type SocketListener, unbindSocket } from "../../socket/events.ts";
import { endPolitely } from "../../socket/polite-end.ts";
import type { RequestSource } from "./request-source.ts";

const NOTHING = Buffer.alloc(0);

/** Who is told of what comes in over a stream. */
export interface SourceListener {
  /** The head is complete. `rest` came behind it. */
  onHead(head: RequestHead, rest: Buffer): void;
  /** The head breaks a limit. */
  onBadHead(error: HandshakeError): void;
  /** The peer has left before there was an answer. */
  onGone(error: Error | undefined): void;
}

/**
 * A stream on which a request of HTTP/1.1 comes or has come: reads its head, unless `node:http` has, and
 * then answers it.
 */
export class Http1Source implements RequestSource, SocketListener {
  readonly stream: Socket;
  readonly raw: IncomingMessage | undefined;
  readonly canHandOver = true;
  readonly #listener: SourceListener;
  readonly #limits: HeadLimits;
  /** Undefined where the head was read by somebody else. */
  readonly #reader: HeadReader | undefined;
  #reading: boolean;
  /** What came last of a head that is too large. */
  #excess: Buffer | undefined;

  /** @param raw the request, where its head has been read */
  constructor(
    stream: Socket,
    listener: SourceListener,
    limits: HeadLimits,
    raw: IncomingMessage | undefined,
  ) {
    this.stream = stream;
    this.raw = raw;
    this.#listener = listener;
    this.#limits = limits;
    this.#reading = raw === undefined;
    if (this.#reading) this.#reader = new HeadReader(limits, canBeRequestLine);
    bindSocket(stream, this);
  }

  faults(head: RequestHead): readonly HandshakeFault[] {
    return checkUpgradeRequest(head);
  }

  partialHead(): RequestHead | undefined {
    const read = this.#reader?.bytes ?? NOTHING;
    const bytes = this.#excess === undefined ? read : Buffer.concat([read, this.#excess]);
    return bytes.length === 0 ? undefined : parseRequestHead(bytes, Number.POSITIVE_INFINITY);
  }

  hold(): void {
    this.stream.pause();
  }

  accept(acceptance: Acceptance): void {
    this.stream.write(acceptHead(acceptance), "latin1");
  }

  refuse(refusal: Refusal): void {
    endPolitely(this.stream, answerBytes(refusal));
  }

  release(): void {
    unbindSocket(this.stream);
    this.stream.pause();
  }

  destroy(): void {
    this.stream.destroy();
  }

  onData(chunk: Buffer): void {
    const reader = this.#reader;
    if (reader === undefined || !this.#reading) return;
    let head: RequestHead;
    let end = 0;
    try {
      end = reader.push(chunk);
      if (end < 0) return;
      head = parseRequestHead(reader.bytes, this.#limits.maxFields);
    } catch (error) {
      this.#reading = false;
      if (!(error instanceof HandshakeError)) throw error;
      if (end === 0) this.#excess = chunk;
      this.#listener.onBadHead(error);
      return;
    }
    this.#reading = false;
    this.#listener.onHead(head, chunk.subarray(end));
  }

  onDrain(): void {}

  onEnd(): void {
    this.#listener.onGone(undefined);
  }

  onError(error: Error): void {
    this.#listener.onGone(error);
  }

  onSocketClose(): void {
    this.#listener.onGone(undefined);
  }
}
