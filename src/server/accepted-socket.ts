import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { HandshakeError } from "../errors.ts";
import { type HeadLimits, HeadReader } from "../handshake/head-reader.ts";
import { isUpgradeAttempt, parseRequestHead, type RequestHead } from "../handshake/request.ts";
import { answerBytes } from "../handshake/response.ts";
import { bindSocket, type SocketListener, unbindSocket } from "../socket/events.ts";
import { endPolitely } from "../socket/polite-end.ts";
import type { Deadlined } from "./handshakes.ts";
import type { UpgradeRequest } from "./upgrade-request.ts";

/** The first byte of TLS (RFC 8446 §5.1): the type of a record of the handshake. No request begins so. */
const TLS_HANDSHAKE = 0x16;

/** Who accepts sockets, and decides what becomes of a request. */
export interface Acceptor {
  readonly headLimits: HeadLimits;
  /** A request to open a WebSocket has come; the result serves it or has refused it. */
  onUpgradeAttempt(
    head: RequestHead,
    rest: Buffer,
    socket: Socket | TLSSocket,
    handshake: AcceptedSocket,
  ): UpgradeRequest | undefined;
  /** Any other request has come: the socket is the HTTP server's now. */
  onPlainRequest(socket: Socket | TLSSocket): void;
  /** The socket is a connection now, or the HTTP server's, or gone. */
  onHandshakeEnd(handshake: AcceptedSocket): void;
}

/**
 * A socket from its accept to the end of its opening handshake: reads the request's head.
 */
export class AcceptedSocket implements SocketListener, Deadlined {
  readonly deadline: number;
  readonly #socket: Socket | TLSSocket;
  readonly #acceptor: Acceptor;
  readonly #reader: HeadReader;
  #request: UpgradeRequest | undefined;
  #over = false;

  /** @param timeout milliseconds left until the deadline, which the acceptor watches */
  constructor(socket: Socket | TLSSocket, acceptor: Acceptor, timeout: number) {
    this.#socket = socket;
    this.#acceptor = acceptor;
    this.#reader = new HeadReader(acceptor.headLimits);
    this.deadline = performance.now() + timeout;
    bindSocket(socket, this);
  }

  onData(chunk: Buffer): void {
    if (this.#over) return;
    let head: RequestHead;
    let end: number;
    try {
      end = this.#reader.push(chunk);
      if (end < 0) {
        // Its end would not come: TLS has no lines.
        if (this.#reader.bytes[0] === TLS_HANDSHAKE) this.refuse(400, "no TLS on this port\n");
        return;
      }
      head = parseRequestHead(this.#reader.bytes, this.#acceptor.headLimits.maxFields);
    } catch (error) {
      this.refuse(error instanceof HandshakeError ? error.status : 500, `${error}\n`);
      return;
    }
    const rest = chunk.subarray(end);
    if (!isUpgradeAttempt(head)) this.#handOver(rest);
    else this.serve(head, rest);
  }

  /** Serves a request to open a WebSocket. */
  serve(head: RequestHead, rest: Buffer): void {
    const request = this.#acceptor.onUpgradeAttempt(head, rest, this.#socket, this);
    if (request === undefined || request.answered) return;
    this.#request = request;
    // A handler that failed at once has been answered for: it cannot answer any more.
    if (this.#over) request.giveUp();
    // Not while a handler thinks: what comes now belongs to the connection it may open.
    else this.#socket.pause();
  }

  /** The request has been answered: the socket has another listener by now. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#acceptor.onHandshakeEnd(this);
  }

  /** Answers with an error and ends the socket. */
  refuse(status: number, body: string): void {
    if (this.#over) return;
    this.end();
    this.#request?.giveUp();
    endPolitely(this.#socket, answerBytes({ status, body }));
  }

  onDrain(): void {}

  onEnd(): void {
    this.#leave();
  }

  onError(): void {
    this.#leave();
  }

  onSocketClose(): void {
    this.#leave();
  }

  onDeadline(): void {
    this.refuse(408, "the opening handshake took too long\n");
  }

  /** The peer has left. */
  #leave(): void {
    if (this.#over) return;
    this.end();
    this.#request?.giveUp();
    this.#socket.destroy();
  }

  #handOver(rest: Buffer): void {
    this.end();
    const socket = this.#socket;
    unbindSocket(socket);
    // Back in front of what is still to come, head and all, as if nobody had read it.
    const head = this.#reader.bytes;
    socket.pause();
    socket.unshift(rest.length === 0 ? head : Buffer.concat([head, rest]));
    this.#acceptor.onPlainRequest(socket);
  }
}
