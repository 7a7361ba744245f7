import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { BufferBudget, BufferHolder } from "../../../connection/buffer-budget.ts";
import type { HandshakeFault } from "../../../errors.ts";
import type { RequestHead } from "../../../handshake/request.ts";
import type { Acceptance, Refusal } from "../../../handshake/response.ts";
import { acceptFields, refusalAnswer } from "../../../http2/answer.ts";
import { type ConnectRequest, checkConnectRequest } from "../../../http2/connect-request.ts";
import type { SocketListener } from "../../../socket/events.ts";
import { http2Transport } from "../../../socket/http2/transport.ts";
import { endPolitely } from "../../../socket/polite-end.ts";
import type { SourceListener } from "../http1-source.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { RequestSource } from "../request-source.ts";

/** Who gets what a stream has to say. */
export interface Http2SourceListener extends SourceListener {
  /** @param givenUp whether nobody waits for the handler's answer any more */
  refuse(reason: RefusalReason, givenUp: boolean): void;
}

/**
 * A stream of HTTP/2 on which an extended CONNECT has come (RFC 8441). Until it is answered its window is all that
 * holds the peer up, and what has come behind the request counts for `maxTotalBuffered`.
 */
export class Http2Source implements RequestSource, SocketListener, BufferHolder {
  readonly stream: ServerHttp2Stream;
  readonly raw: undefined;
  readonly canHandOver = false;
  readonly #listener: Http2SourceListener;
  readonly #request: ConnectRequest | undefined;
  readonly #budget: BufferBudget;
  #answered = false;

  /** @param request undefined where it is not to be read */
  constructor(
    stream: ServerHttp2Stream,
    listener: Http2SourceListener,
    request: ConnectRequest | undefined,
    budget: BufferBudget,
  ) {
    this.stream = stream;
    this.#listener = listener;
    this.#request = request;
    this.#budget = budget;
    // What comes now belongs to the connection that may open.
    http2Transport().pause(stream);
    http2Transport().bind(stream, this);
  }

  get held(): number {
    return this.#answered ? 0 : http2Transport().readAhead(this.stream);
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
    this.#settle();
  }

  refuse(refusal: Refusal): void {
    const { stream } = this;
    const { fields, body } = refusalAnswer(refusal);
    this.#settle();
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

  onReadAhead(): void {
    this.#budget.count(this);
  }

  onOverBudget(): void {
    const message = "the connections of this server hold too much (maxTotalBuffered)";
    this.#listener.refuse({ code: "TOTAL_BUFFER_FULL", status: 503, message }, true);
  }

  onDrain(): void {}

  onEnd(): void {
    this.#listener.onGone(undefined);
  }

  onError(error: Error): void {
    this.#listener.onGone(error);
  }

  onSocketClose(): void {
    this.#settle();
    this.#listener.onGone(undefined);
  }

  /** What comes from now on is not for this to count. */
  #settle(): void {
    this.#answered = true;
    this.#budget.remove(this);
  }
}
