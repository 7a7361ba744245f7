import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Deadline } from "../../socket/deadline.ts";
import { surviveErrors } from "../../socket/survive-errors.ts";
import type { FaceEvents } from "../endpoint.ts";
import { agreedCompression, type Opening } from "../opening.ts";
import { deflateOptions } from "../settings.ts";
import type { ClientOptions } from "../types/client.ts";
import type { WebSocket } from "../types/websocket.ts";
import { type Address, parseAddress } from "./address.ts";
import { judgeAnswer } from "./answer.ts";
import { groupFor } from "./groups.ts";
import { type Asked, ask, checkProtocols, checkVersion, makeRequest } from "./request.ts";
import { UserHeaders } from "./user-headers.ts";

/** What a handshake tells its WebSocket. */
export interface ClientOwner {
  /** The WebSocket itself. */
  readonly face: object;
  readonly events: FaceEvents;
  /** @returns whether anybody listens */
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
  /** It will not open any more. */
  closing(): void;
  fail(error: Error): void;
  /** It has ended, before it was open. */
  end(): void;
  open(opening: Opening): void;
}

const DEFAULT_REDIRECTS = 10;

/**
 * A client on its way to an open connection (RFC 6455 §4.1), through `node:http`: its requests, responses and
 * agents are part of the interface of `ws`.
 */
export class ClientHandshake {
  /** The request under way. */
  request: ClientRequest | undefined;
  /** Redirects so far. */
  redirects = 0;
  #address: Address;
  readonly #protocols: readonly string[];
  readonly #options: ClientOptions;
  readonly #headers: UserHeaders;
  readonly #owner: ClientOwner;
  readonly #deadline = new Deadline(() => this.abort(new Error("Opening handshake has timed out")));
  /** Whether it has come to its end, good or bad. */
  #ended = false;

  /** @throws SyntaxError, RangeError for what no request can be made of */
  constructor(
    address: string | URL,
    protocols: readonly string[],
    options: ClientOptions,
    owner: ClientOwner,
  ) {
    checkVersion(options.protocolVersion);
    this.#address = parseAddress(address);
    checkProtocols(protocols);
    this.#protocols = protocols;
    this.#options = options;
    this.#headers = new UserHeaders(this.#address, options);
    this.#owner = owner;
  }

  /** Where it connects to. */
  get url(): string {
    return this.#address.url;
  }

  /** Sends the request, the first or that of a redirect. @throws the errors of `http.request` */
  start(): void {
    const options = this.#options;
    const asked = ask(this.#protocols, options);
    const request = makeRequest(this.#address, asked, options, this.#headers.fields);
    this.request = request;
    if (this.redirects > 0) this.#owner.emit("redirect", this.url, request);
    request.on("error", (error) => this.#onRequestError(request, error));
    request.on("response", (response) => this.#onResponse(request, response));
    request.on("upgrade", (response, stream, rest) => {
      this.#onUpgrade(response, stream, rest, asked);
    });
    if (this.#ended) return;
    const { handshakeTimeout, finishRequest } = options;
    if (handshakeTimeout) this.#deadline.start(handshakeTimeout);
    if (finishRequest === undefined) request.end();
    else finishRequest(request, this.#owner.face as WebSocket);
  }

  /** Gives up. The error is told in a moment, so that whoever has asked for it can listen. */
  abort(error: Error): void {
    if (this.#ended) return;
    const request = this.#end();
    this.#owner.closing();
    request?.destroy();
    // Whose answer has been read to its end keeps its socket.
    request?.socket?.destroy();
    process.nextTick(() => this.#fail(error));
  }

  #onRequestError(request: ClientRequest, error: Error): void {
    // Of one that was given up, too.
    if (this.#ended || request !== this.request) return;
    this.#end();
    this.#owner.closing();
    this.#fail(error);
  }

  #onResponse(request: ClientRequest, response: IncomingMessage): void {
    const { statusCode = 0, headers } = response;
    const { followRedirects } = this.#options;
    if (headers.location && followRedirects && statusCode >= 300 && statusCode < 400) {
      this.#redirect(request, headers.location);
    } else if (!this.#owner.emit("unexpected-response", request, response)) {
      this.abort(new Error(`Unexpected server response: ${statusCode}`));
    } else this.#deadline.stop();
  }

  #redirect(request: ClientRequest, location: string): void {
    this.redirects++;
    if (this.redirects > (this.#options.maxRedirects ?? DEFAULT_REDIRECTS)) {
      this.abort(new Error("Maximum redirects exceeded"));
      return;
    }
    this.request = undefined;
    request.destroy();
    this.#deadline.stop();
    try {
      this.#address = parseAddress(resolve(location, this.url));
    } catch (error) {
      this.#end();
      this.#owner.closing();
      this.#fail(error as Error);
      return;
    }
    // Whoever looks at redirects decides what they take along.
    if (this.#owner.listenerCount("redirect") === 0) this.#headers.leaveFor(this.#address);
    this.start();
  }

  #onUpgrade(response: IncomingMessage, stream: Duplex, rest: Buffer, asked: Asked): void {
    this.#owner.emit("upgrade", response);
    // A listener may have closed it.
    if (this.#ended) {
      stream.destroy();
      return;
    }
    this.#end();
    let agreed: ReturnType<typeof judgeAnswer>;
    try {
      agreed = judgeAnswer(response, asked);
    } catch (error) {
      this.#refuse(stream, error as Error);
      return;
    }
    const options = this.#options;
    this.#owner.open({
      stream,
      rest,
      protocol: agreed.protocol,
      group: groupFor(options, this.#owner.events),
      ...agreedCompression(agreed.deflate, deflateOptions(options, "client")),
    });
  }

  /** The server's answer is no right one. */
  #refuse(stream: Duplex, error: Error): void {
    this.#owner.closing();
    surviveErrors(stream);
    stream.once("close", () => {
      this.#fail(error);
    });
    stream.destroy();
  }

  #fail(error: Error): void {
    try {
      this.#owner.fail(error);
    } finally {
      this.#owner.end();
    }
  }

  #end(): ClientRequest | undefined {
    const { request } = this;
    this.#ended = true;
    this.request = undefined;
    this.#deadline.stop();
    return request;
  }
}

function resolve(location: string, base: string): URL {
  try {
    return new URL(location, base);
  } catch {
    throw new SyntaxError(`Invalid URL: ${location}`);
  }
}
