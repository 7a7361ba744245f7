import { randomBytes } from "node:crypto";
import http, { type ClientRequest, type RequestOptions } from "node:http";
import https from "node:https";
import net, { type NetConnectOpts, type Socket } from "node:net";
import tls, { type ConnectionOptions } from "node:tls";
import { encodeKey } from "../../handshake/accept-key.ts";
import { isToken } from "../../handshake/token.ts";
import { extension, type Params } from "../parts/extension.ts";
import { PerMessageDeflate } from "../parts/per-message-deflate.ts";
import { deflateOptions } from "../settings.ts";
import type { ClientOptions } from "../types/client.ts";
import type { Address } from "./address.ts";

const VERSIONS = [8, 13];
const DEFAULT_VERSION = 13;

/** Options of `http.request` that follow from the address, and so are not the user's. */
const FROM_ADDRESS = {
  socketPath: undefined,
  hostname: undefined,
  protocol: undefined,
  timeout: undefined,
  host: undefined,
  path: undefined,
  port: undefined,
  auth: undefined,
};

/** What the answer to a request is judged by. */
export interface Asked {
  readonly key: string;
  readonly protocols: readonly string[];
  /** What has offered compression, undefined where none is. */
  readonly deflate: PerMessageDeflate | undefined;
}

/** @throws SyntaxError for what is no list of subprotocols (RFC 6455 §4.1) */
export function checkProtocols(protocols: readonly unknown[]): void {
  const valid = protocols.every((protocol) => typeof protocol === "string" && isToken(protocol));
  if (valid && new Set(protocols).size === protocols.length) return;
  throw new SyntaxError("An invalid or duplicated subprotocol was specified");
}

/** @throws RangeError for a version of the protocol that nobody speaks */
export function checkVersion(version = DEFAULT_VERSION): void {
  if (VERSIONS.includes(version)) return;
  throw new RangeError(
    `Unsupported protocol version: ${version} (supported versions: ${VERSIONS.join(", ")})`,
  );
}

/** What a client asks for. The nonce is a new one for each request (RFC 6455 §4.1). */
export function ask(protocols: readonly string[], options: ClientOptions): Asked {
  const offered = deflateOptions(options, "client");
  const deflate = offered === undefined ? undefined : new PerMessageDeflate(offered);
  return { key: encodeKey(randomBytes(16)), protocols, deflate };
}

/**
 * The request of an opening handshake, not sent yet.
 *
 * @param headers of the user, which may be fewer behind a redirect
 */
export function makeRequest(
  address: Address,
  asked: Asked,
  options: ClientOptions,
  headers: Readonly<Record<string, string>>,
): ClientRequest {
  const { secure, host, port, path, socketPath } = address;
  const connect = secure ? connectTls : connectNet;
  const request: RequestOptions = {
    ...(options as RequestOptions),
    ...FROM_ADDRESS,
    method: "GET",
    host,
    port,
    path: path ?? null,
    defaultPort: secure ? 443 : 80,
    headers: { ...headers, ...handshakeFields(asked, options) },
    // Made here, as those of node:http would read `path` and leave out `servername`.
    createConnection: (options.createConnection ?? connect) as NonNullable<
      RequestOptions["createConnection"]
    >,
  };
  if (socketPath !== undefined) request.socketPath = socketPath;
  return secure ? https.request(request) : http.request(request);
}

function handshakeFields(
  { key, protocols, deflate }: Asked,
  { protocolVersion = DEFAULT_VERSION, origin }: ClientOptions,
): Record<string, string | number> {
  const fields: Record<string, string | number> = {
    "Sec-WebSocket-Version": protocolVersion,
    "Sec-WebSocket-Key": key,
    Connection: "Upgrade",
    Upgrade: "websocket",
  };
  if (deflate !== undefined) {
    const offer = deflate.offer() as Params;
    fields["Sec-WebSocket-Extensions"] = extension.format({
      [PerMessageDeflate.extensionName]: offer,
    });
  }
  if (protocols.length > 0) fields["Sec-WebSocket-Protocol"] = protocols.join(",");
  if (origin)
    fields[protocolVersion < DEFAULT_VERSION ? "Sec-WebSocket-Origin" : "Origin"] = origin;
  return fields;
}

function connectNet(options: NetConnectOpts): Socket {
  // For node:net the path is that of a Unix socket, for node:http that of the request.
  const { socketPath } = options as RequestOptions;
  return net.connect({ ...options, path: socketPath } as NetConnectOpts);
}

function connectTls(options: ConnectionOptions): Socket {
  const { host, servername } = options;
  // RFC 6066 §3: an address is no server name.
  const name = servername ?? (net.isIP(host ?? "") === 0 ? host : "");
  return tls.connect({ ...options, path: undefined, servername: name } as ConnectionOptions);
}
