/** What `--verbose` and `/info` tell about a connection. */

import type { PeerCertificate } from "node:tls";
import { parseTarget } from "../../client/target.ts";
import type { Connection, HandshakeError, TlsDetails, UpgradeRequest } from "../../index.ts";
import { type DialingPlan, shownField } from "../dialing/options.ts";
import { MASK, maskQuery, maskSecrets } from "../dialing/secrets.ts";
import { peerName, placeText } from "../places.ts";

/** The connection in lines: addresses, TLS, what was agreed upon. */
export function connectionDetails(ws: Connection): string[] {
  const { tls, protocol, extensions } = ws;
  return [
    `addresses: ${placeText(ws.localAddress, ws.localPort)} to ${peerName(ws)}`,
    ...(tls === undefined ? ["no TLS"] : tlsLines(tls)),
    `subprotocol: ${protocol === "" ? "none" : protocol}`,
    `extensions: ${extensions === "" ? "none" : extensions}`,
  ];
}

function tlsLines(tls: TlsDetails): string[] {
  const verified = tls.authorized
    ? "verified"
    : `not verified (${tls.authorizationError?.message ?? "none was asked for"})`;
  return [
    `TLS: ${tls.version ?? "unknown"}, ${tls.cipher}`,
    ...certificateLines(tls.peerCertificate).map((line) => `certificate: ${line}`),
    `certificate: ${verified}`,
  ];
}

function certificateLines(certificate: PeerCertificate): string[] {
  // Node has an empty object where the peer sent none.
  if (certificate.subject === undefined) return ["none was sent"];
  const { subject, issuer, subjectaltname, valid_from, valid_to, fingerprint256 } = certificate;
  return [
    `subject ${distinguishedName(subject)}`,
    ...(subjectaltname === undefined ? [] : [`for ${subjectaltname}`]),
    `issuer ${distinguishedName(issuer)}`,
    `valid from ${valid_from} to ${valid_to}`,
    `SHA-256 ${fingerprint256}`,
  ];
}

function distinguishedName(name: object): string {
  const parts = Object.entries(name).map(([key, value]) => `${key}=${[value].flat().join("+")}`);
  return parts.length === 0 ? "(empty)" : parts.join(", ");
}

/** What was asked of a server, in lines: without the fields that every opening handshake has. */
export function askedLines({ url, options, secrets }: DialingPlan): string[] {
  const { authority, resource, credentials } = parseTarget(url);
  const asked: readonly (readonly [name: string, value: string | undefined])[] = [
    ["Host", authority],
    ["Authorization", credentials && MASK],
    ["Origin", options.origin],
    ["Sec-WebSocket-Protocol", options.protocols?.join(", ")],
    ["Sec-WebSocket-Extensions", options.compression === true ? "permessage-deflate" : undefined],
    ...options.headers,
  ];
  const lines = asked.flatMap(([name, value]) =>
    value ? [`> ${shownField([name, value], secrets)}`] : [],
  );
  return [`> GET ${maskQuery(resource)}`, ...lines];
}

/** The server's response, in lines. */
export function responseLines(ws: Connection, secrets: readonly string[]): string[] {
  return ["< HTTP/1.1 101", ...fieldLines("<", ws.response?.toRecord() ?? {}, secrets)];
}

/** What was answered in place of a connection, in lines; none where no answer came. */
export function refusalLines({ received }: HandshakeError, secrets: readonly string[]): string[] {
  if (received === undefined) return [];
  const { status, statusText, headers } = received;
  return [
    `< HTTP/1.1 ${status} ${maskSecrets(statusText, secrets)}`,
    ...fieldLines("<", Object.fromEntries(headers), secrets),
  ];
}

/** The request of a client, in lines. */
export function requestLines({ method, target, headers }: UpgradeRequest): string[] {
  return [`> ${method} ${maskQuery(target)}`, ...fieldLines(">", headers.toRecord(), [])];
}

function fieldLines(
  mark: string,
  fields: Readonly<Record<string, string>>,
  secrets: readonly string[],
): string[] {
  return Object.entries(fields).map((field) => `${mark} ${shownField(field, secrets)}`);
}
