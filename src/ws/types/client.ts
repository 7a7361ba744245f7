import type { EventEmitter } from "node:events";
import type { Agent, ClientRequest, ClientRequestArgs } from "node:http";
import type { createConnection } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { CommonOptions } from "./options.ts";
import type { ReadyStates, WebSocket } from "./websocket.ts";

/** Certificates and keys, as `node:tls` takes them. */
export type CertMeta = string | string[] | Buffer | Buffer[];

/** Sets the last headers of a request, and must call its `end()`. */
export type FinishRequestCallback = (request: ClientRequest, websocket: WebSocket) => void;

/** Options of `new WebSocket(address, protocols, options)`, beside all those of `http.request` and `https.request`. */
export interface ClientOptions extends SecureContextOptions, CommonOptions {
  /** Has no effect, as in `ws`: subprotocols are the second argument. */
  protocol?: string | undefined;
  /** Whether to follow redirects. Default false. */
  followRedirects?: boolean | undefined;
  /** Fills the four bytes of a masking key (RFC 6455 §5.3) for each frame. Default: random bytes. */
  generateMask?(mask: Buffer): void;
  /** Milliseconds for the opening handshake, anew for each redirect. Default: no limit. */
  handshakeTimeout?: number | undefined;
  /** Most redirects to follow, a number. Default 10. */
  maxRedirects?: number | undefined;
  /** Address of this side. */
  localAddress?: string | undefined;
  /** Sec-WebSocket-Version, 8 or 13: the version number of the protocol. Default 13. */
  protocolVersion?: number | undefined;
  /** Header fields of the request. */
  headers?: { [key: string]: string } | undefined;
  /** The Origin field; for version 8 Sec-WebSocket-Origin. */
  origin?: string | undefined;
  /** Of `node:http` or `node:https`, such as a proxy's. Default: a connection of its own. */
  agent?: Agent | undefined;
  /** Has no effect, as in `ws`: the address says it. */
  host?: string | undefined;
  /** 4 or 6 for one family of IP addresses; both by default. A number. */
  family?: number | undefined;
  /** See `tls.connect`. */
  checkServerIdentity?(servername: string, cert: CertMeta): boolean;
  /** Whether to refuse a server whose certificate is not trusted. Default true. */
  rejectUnauthorized?: boolean | undefined;
  /** Makes the socket, or any other stream. */
  createConnection?: typeof createConnection | undefined;
  /** Sets the last headers of each request. */
  finishRequest?: FinishRequestCallback | undefined;
}

/** What a class has from `EventEmitter`. */
export type EventEmitterStatics = Omit<typeof EventEmitter, "prototype">;

/** Makes WebSockets: what `class MyWebSocket extends WebSocket` extends. */
export interface WebSocketConstructor extends EventEmitterStatics, ReadyStates {
  /** One that a server is about to open. */
  new (address: null): WebSocket;
  /**
   * Connects to a server.
   *
   * @param address `ws:`, `wss:`, `http:`, `https:` or `ws+unix:/path/of/socket:/path?query`
   * @throws SyntaxError for an address or subprotocols that no request can have
   */
  new (address: string | URL, options?: ClientOptions | ClientRequestArgs): WebSocket;
  new (
    address: string | URL,
    protocols?: string | string[],
    options?: ClientOptions | ClientRequestArgs,
  ): WebSocket;
  readonly prototype: WebSocket;
}
