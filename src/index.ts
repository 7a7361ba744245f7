/**
 * The server, the client, and the connection that both have.
 *
 * @module
 */

export { connect } from "./client/connect.ts";
export type { ConnectEvent } from "./client/diagnostics.ts";
export type { ConnectionPlace, CreateConnection } from "./client/dialling/given-stream.ts";
export type { FieldOptions, HeaderFields } from "./client/fields.ts";
export type {
  ClientTlsOptions,
  ConnectOptions,
  DialOptions,
  HandshakeOptions,
} from "./client/options.ts";
export {
  type ReconnectEnd,
  ReconnectingClient,
  type ReconnectingClientOptions,
} from "./client/reconnecting/client.ts";
export type { ReconnectFailure } from "./client/reconnecting/failure.ts";
export type {
  PerAttempt,
  ReconnectAttempt,
  ReconnectDecision,
  ReconnectGap,
  ReconnectOptions,
  ReconnectState,
} from "./client/reconnecting/options.ts";
export type { WhenOutboxFull } from "./client/reconnecting/outbox.ts";
export type { ReconnectUrl } from "./client/reconnecting/plan.ts";
export { type Reconnecting, reconnecting } from "./client/reconnecting/reconnecting.ts";
export type { CompressionOptions } from "./compression/options.ts";
export type { CloseInfo, CloseInitiator } from "./connection/close-info.ts";
export { Connection, type ConnectionHandler } from "./connection/connection.ts";
export type { ConnectionOptions } from "./connection/options.ts";
export type { IncomingMessage } from "./connection/receiving/incoming-message.ts";
export type { RequestInfo } from "./connection/request-info.ts";
export type { Data, SendOptions } from "./connection/sending/data.ts";
export {
  ArgumentError,
  ConnectionClosedError,
  type HandshakeAnswer,
  HandshakeError,
  type HandshakeFault,
  PROTOCOL_FAILURE_CODES,
  ProtocolError,
  type ProtocolFailure,
  type ReceivedAnswer,
  type ReceivedFields,
  WebSocketError,
} from "./errors.ts";
export type { Fields } from "./handshake/fields.ts";
export type { HostRule } from "./handshake/gate/hosts.ts";
export type { OriginRule } from "./handshake/gate/origin.ts";
export type { HeaderValues } from "./handshake/header-lines.ts";
export type { RequestHead } from "./handshake/request.ts";
export { CloseCode } from "./protocol/close-code.ts";
export type {
  Http2Options,
  ListenTarget,
  ListenTargetOptions,
} from "./server/listening/listen-options.ts";
export type { Listener } from "./server/listening/listener.ts";
export type { RequestHandler, RouteHandler } from "./server/opening/handlers.ts";
export type { TrustProxy, TrustProxyOptions } from "./server/opening/trusted-proxies.ts";
export type {
  RejectOptions,
  UpgradeOptions,
  UpgradeRequest,
} from "./server/opening/upgrade-request.ts";
export type { RouteOptions, ServerOptions } from "./server/options.ts";
export type { RefusedHandshake } from "./server/refused-handshake.ts";
export { Server } from "./server/server.ts";
export type { ShutdownOptions, ShutdownReport } from "./server/shutdown.ts";
export type { TlsDetails } from "./socket/tls-details.ts";
export type {
  Broker,
  BrokerHistory,
  HistoryMessage,
  HistoryPage,
  Position,
} from "./topics/broker.ts";
export type { HistoryOptions, PastMessage, TopicHistory } from "./topics/history.ts";
export type { PublishOptions, TopicGap, TopicOptions, TopicPolicy } from "./topics/options.ts";
