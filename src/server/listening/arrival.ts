import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import type { ForwardedFacts } from "../../connection/request-info.ts";
import { parseProxyHeader } from "../../handshake/forwarding/proxy-header.ts";
import { bindSocket, type SocketListener, unbindSocket } from "../../socket/events.ts";
import { peerFacts } from "../../socket/peer-facts.ts";
import type { Stage } from "../opening/openings.ts";
import type { AdmissionRefusal } from "./admission.ts";
import type { Http2Port } from "./http2-port.ts";

/** Why a socket has not got as far as a request. */
export interface FailedArrival {
  /** See `RefusedHandshake`. */
  readonly code: string;
  readonly message: string;
  readonly error?: unknown;
}

/** Who is told how a socket fares. */
export interface ArrivalOwner {
  /** Whether the address, which a proxy has told, may come in. */
  admitAddress(stream: Duplex, address: string | undefined): AdmissionRefusal | undefined;
  /** A request may come. */
  onSocket(
    stream: Socket | TLSSocket,
    deadline: number,
    forwarded: ForwardedFacts | undefined,
    read: Buffer | undefined,
    http2: Http2Port | undefined,
  ): void;
  /** It is over: the socket has got there, or has failed. */
  onArrivalEnd(arrival: Arrival, failure: FailedArrival | undefined): void;
}

/** What a socket must bring before a request may come. */
export interface ArrivalNeeds {
  /** A header of the PROXY protocol. */
  readonly proxyHeader: boolean;
  /** A handshake of TLS, which this server sees to; undefined for none. */
  readonly tls: TlsServer | undefined;
  /** Where HTTP/2 is spoken, what takes it. */
  readonly http2: Http2Port | undefined;
}

const NOTHING = Buffer.alloc(0);

/**
 * A TCP socket of which something must come before a request: a header of the PROXY protocol, a handshake of
 * TLS, or the one and then the other.
 */
export class Arrival implements Stage, SocketListener {
  readonly deadline: number;
  readonly socket: Socket;
  readonly #owner: ArrivalOwner;
  readonly #needs: ArrivalNeeds;
  #read: Buffer = NOTHING;
  #forwarded: ForwardedFacts | undefined;
  #inTls = false;
  #over = false;

  /** @param deadline by performance.now() */
  constructor(socket: Socket, owner: ArrivalOwner, needs: ArrivalNeeds, deadline: number) {
    this.socket = socket;
    this.#owner = owner;
    this.#needs = needs;
    this.deadline = deadline;
  }

  /** What a header of the PROXY protocol has said. */
  get forwarded(): ForwardedFacts | undefined {
    return this.#forwarded;
  }

  begin(): void {
    if (this.#needs.proxyHeader) bindSocket(this.socket, this);
    else this.#beginTls();
  }

  /** The handshake of TLS is done. It has failed when {@link fail} is called instead. */
  onSecure(stream: TLSSocket): void {
    if (this.#over) {
      stream.destroy();
      return;
    }
    const forwarded = this.#forwarded;
    this.#end(undefined);
    const facts = forwarded && { ...forwarded, secure: forwarded.secure ?? true };
    const { http2 } = this.#needs;
    // Without ALPN a client of TLS speaks HTTP/1.1 (RFC 9113 §3.2).
    if (http2 !== undefined && stream.alpnProtocol === "h2") http2.accept(stream, facts);
    else this.#owner.onSocket(stream, this.deadline, facts, undefined, undefined);
  }

  /** It has failed. */
  fail(failure: FailedArrival): void {
    if (this.#over) return;
    this.#end(failure);
    this.socket.destroy();
  }

  onData(chunk: Buffer): void {
    if (this.#over) return;
    this.#read = this.#read.length === 0 ? chunk : Buffer.concat([this.#read, chunk]);
    const header = parseProxyHeader(this.#read);
    if (header === "incomplete") return;
    if ("fault" in header) {
      this.fail({ code: "BAD_PROXY_HEADER", message: header.fault });
      return;
    }
    if (header.ends !== undefined) {
      this.#forwarded = { ...header.ends, secure: header.secure, host: undefined };
    }
    const facts = this.#forwarded ?? peerFacts(this.socket);
    const refusal = this.#owner.admitAddress(this.socket, facts.remoteAddress);
    if (refusal !== undefined) this.fail(refusal);
    else this.#goOn(this.#read.subarray(header.length));
  }

  onDrain(): void {}

  onEnd(): void {
    this.onSocketClose();
  }

  onError(error: Error): void {
    this.fail({ code: "CONNECTION_LOST", message: "the connection broke", error });
  }

  onSocketClose(): void {
    const during = this.#inTls ? "the TLS handshake" : "the header of the PROXY protocol";
    const code = this.#inTls ? "TLS_FAILED" : "CONNECTION_LOST";
    this.fail({ code, message: `the peer has left during ${during}` });
  }

  onDeadline(): void {
    this.fail({ code: "HANDSHAKE_TIMEOUT", message: "the opening handshake took too long" });
  }

  onShutdown(): void {
    this.fail({ code: "SHUTTING_DOWN", message: "the server is shutting down" });
  }

  /** The header is there, and this behind it. */
  #goOn(rest: Buffer): void {
    this.#read = NOTHING;
    if (this.#needs.tls === undefined) {
      this.#end(undefined);
      const { http2 } = this.#needs;
      this.#owner.onSocket(this.socket, this.deadline, this.#forwarded, rest, http2);
      return;
    }
    unbindSocket(this.socket);
    this.socket.pause();
    if (rest.length > 0) this.socket.unshift(rest);
    this.#beginTls();
  }

  #beginTls(): void {
    this.#inTls = true;
    this.#needs.tls?.emit("connection", this.socket);
  }

  #end(failure: FailedArrival | undefined): void {
    this.#over = true;
    this.#owner.onArrivalEnd(this, failure);
  }
}
