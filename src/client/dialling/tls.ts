/** TLS on a stream that is connected. */

import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { givenOptions } from "../../options/checks.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import { settled } from "./settled.ts";

/**
 * Starts TLS as the client on a connected stream; rejects with what `node:tls` reports.
 *
 * @param protocols for ALPN. The opening handshake of RFC 6455 is HTTP/1.1.
 */
export async function startTls(
  stream: Duplex,
  host: string,
  options: ConnectionOptions,
  attempt: HandshakeAttempt,
  protocols: readonly string[] = ["http/1.1"],
): Promise<TLSSocket> {
  const secure = attempt.own(
    connect({
      ...givenOptions(options),
      servername: options.servername ?? serverName(host),
      // What the certificate is checked against where no servername is given.
      host,
      socket: stream,
      // No other protocol may be agreed on than those that are spoken.
      ALPNProtocols: [...protocols],
    }),
  );
  await settled(secure, "secureConnect");
  return secure;
}

/** RFC 6066 §3: literal IP addresses are not sent as a server name, and a name has no dot at its end. */
function serverName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, "") : "";
}
