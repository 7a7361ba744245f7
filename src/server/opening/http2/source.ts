import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { HandshakeFault } from "../../../errors.ts";
import type { RequestHead } from "../../../handshake/request.ts";
import type { Acceptance, Refusal } from "../../../handshake/response.ts";
import { acceptFields, refusalAnswer } from "../../../http2/answer.ts";
import { type ConnectRequest, checkConnectRequest } from "../../../http2/connect-request.ts";
import type { SocketListener } from "../../../socket/events.ts";
import { http2Transport } from "../../../socket/http2/transport.ts";
import { endPolitely } from "../../../socket/polite-end.ts";
import type { SourceListener } from "../http1-source.ts";
import type { RequestSource } from "../request-source.ts";

/** A stream of HTTP/2 on which an extended CONNECT has come (RFC 8441). */
export class Http2Source implements RequestSource, SocketListener {
  readonly stream: ServerHttp2Stream;
  readonly raw: undefined;
  readonly canHandOver = false;
  readonly #listener: SourceListener;
  readonly #request: ConnectRequest | undefined;

  /** @param request undefined where it is not to be read */
  constructor(
    stream: ServerHttp2Stream,
    listener: SourceListener,
    request: ConnectRequest | undefined,
  ) {
    this.stream = stream;
    this.#listener = listener;
    this.#request = request;
    // What comes now belongs to the connection that may open.
    stream.pause();
    http2Transport().bind(stream, this);
  }

  faults(): readonly HandshakeFault[] {
    return this.#request === undefined ? [] : checkConnectRequest(this.#request);
  }

  partialHead(): RequestHead | undefined {
    return this.#request?.head;
  }

  hold(): void {}

  accept(acceptance: Acceptance): void {
    this.stream.respond(acceptFields(acceptance));
  }

  refuse(refusal: Refusal): void {
    const { stream } = this;
    const { fields, body } = refusalAnswer(refusal);
    if (stream.destroyed || stream.closed) return;
    stream.respond(fields);
    // RFC 9113 §8.1: the rest of the request is not needed.
    stream.once("finish", () => stream.close());
    // It takes any stream.
    endPolitely(stream as unknown as Socket, body);
  }

  release(): void {}

  destroy(): void {
    http2Transport().destroy(this.stream);
  }

  onData(): void {}

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
