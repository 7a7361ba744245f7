export {
  ArgumentError,
  ConnectionClosedError,
  type HandshakeAnswer,
  HandshakeError,
  type HandshakeFault,
  PROTOCOL_FAILURE_CODES,
  ProtocolError,
  type ProtocolFailure,
  WebSocketError,
} from "./errors.ts";
export type { Fields } from "./handshake/fields.ts";
export type { OriginRule } from "./handshake/origin.ts";
export type { RequestHead } from "./handshake/request.ts";
export type { HeaderValues } from "./handshake/response.ts";
export { connect } from "./node/client.ts";
export type { FieldOptions, HeaderFields } from "./node/client-fields.ts";
export type { ClientTlsOptions, ConnectOptions } from "./node/client-options.ts";
export type { CompressionOptions } from "./node/compression-options.ts";
export { Connection, type ConnectionHandler } from "./node/connection.ts";
export type { ConnectionOptions } from "./node/connection-options.ts";
export type { Data } from "./node/data.ts";
export type { IncomingMessage } from "./node/incoming-message.ts";
export type { ListenAddress } from "./node/listeners.ts";
export type { RequestInfo } from "./node/request-info.ts";
export {
  type RequestHandler,
  Server,
  type ShutdownReport,
} from "./node/server.ts";
export type {
  ListenTarget,
  ListenTargetOptions,
  RouteOptions,
  ServerOptions,
} from "./node/server-options.ts";
export type { TlsDetails } from "./node/tls-details.ts";
export type { RejectOptions, UpgradeOptions, UpgradeRequest } from "./node/upgrade-request.ts";
export { CloseCode } from "./protocol/close-code.ts";
export type { CloseInfo, CloseInitiator } from "./protocol/close-handshake.ts";
