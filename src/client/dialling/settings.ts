/** What dialling goes by, when it has been planned. */

import type { Duplex } from "node:stream";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { HeadLimits } from "../../handshake/head-reader.ts";
import type { FieldLines } from "../fields.ts";
import type { ProxyServer } from "../proxy/choice.ts";
import type { CreateConnection } from "./given-stream.ts";
import type { TcpSettings } from "./tcp.ts";

/** What `dial()` needs besides the target. */
export interface DialSettings extends TcpSettings {
  /** The caller's stream, or what makes one; undefined where the library connects. */
  readonly given: Duplex | CreateConnection | undefined;
  /** The proxy to go through; undefined for none. */
  readonly proxy: ProxyServer | undefined;
  /** Header fields for an HTTP proxy, its credentials among them. */
  readonly proxyFields: FieldLines;
  /** For TLS with the server. */
  readonly tls: TlsOptions;
  /** What may be agreed upon with the server by ALPN. */
  readonly alpn: readonly string[];
  /** For TLS with a proxy of kind `https`. */
  readonly proxyTls: TlsOptions;
  /** How long a proxy's answer may be. */
  readonly limits: HeadLimits;
  /** Bytes of the body of a proxy's refusal that are kept. */
  readonly maxRefusalBody: number;
}
