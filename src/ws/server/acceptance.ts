import type { IncomingMessage } from "node:http";
import { acceptKey } from "../../handshake/accept-key.ts";
import { isFieldValue } from "../../handshake/token.ts";
import { extension, type Params } from "../parts/extension.ts";
import { PerMessageDeflate } from "../parts/per-message-deflate.ts";
import { subprotocol } from "../parts/subprotocol.ts";
import { deflateOptions } from "../settings.ts";
import type { ServerOptions } from "../types/server.ts";

/** What `completeUpgrade` is given of the extensions: what has negotiated each, by its name. */
export type Extensions = Record<string, PerMessageDeflate>;

/** The subprotocols that a client offers. @throws SyntaxError for what is no list of them */
export function offeredProtocols({ headers }: IncomingMessage): Set<string> {
  const value = headers["sec-websocket-protocol"];
  return value === undefined ? new Set() : subprotocol.parse(value);
}

/** Negotiates extensions. @throws Error where the client's offers are malformed or not acceptable */
export function negotiate({ headers }: IncomingMessage, options: ServerOptions): Extensions {
  const extensions: Extensions = {};
  const value = headers["sec-websocket-extensions"];
  const wanted = deflateOptions(options, "server");
  if (value === undefined || wanted === undefined) return extensions;
  const offers = extension.parse(value)[PerMessageDeflate.extensionName];
  if (offers === undefined) return extensions;
  const deflate = new PerMessageDeflate({ ...wanted, isServer: true });
  deflate.accept(offers);
  extensions[PerMessageDeflate.extensionName] = deflate;
  return extensions;
}

/** The subprotocol for a connection, `""` for none. */
export function chooseProtocol(
  offered: ReadonlySet<string>,
  request: IncomingMessage,
  { handleProtocols }: ServerOptions,
): string {
  if (offered.size === 0) return "";
  const [first = ""] = offered;
  if (!handleProtocols) return first;
  return handleProtocols(offered as Set<string>, request) || "";
}

/** The lines of the answer's head, for listeners to change (RFC 6455 §4.2.2). */
export function acceptLines(
  key: string,
  protocol: string,
  deflate: PerMessageDeflate | undefined,
): string[] {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
  ];
  if (protocol !== "") lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  if (deflate?.params) {
    const accepted = { [PerMessageDeflate.extensionName]: deflate.params as Params };
    lines.push(`Sec-WebSocket-Extensions: ${extension.format(accepted)}`);
  }
  return lines;
}

/** The head of the answer. @throws TypeError for lines that are none, or more than one */
export function headOf(lines: readonly string[]): Buffer {
  const wrong = lines.find((line) => !isFieldValue(line));
  if (wrong !== undefined) {
    throw new TypeError(`not a line of an HTTP head: ${JSON.stringify(wrong)}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
