/** Turns what `node:tls` reports into an error that says what to do about it. */

import { HandshakeError } from "../../errors.ts";

/** Codes of OpenSSL and Node for a chain of certificates that ends in nothing trusted. */
const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
]);

/** Alerts (RFC 8446 §6.2) by which a server asks for a client certificate or refuses the one sent. */
const CLIENT_CERTIFICATE =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/;

/**
 * A `TLS_FAILED` error whose message is `what`, the reason, and what to do about it. `option` is
 * the name of the option that holds the TLS settings; `cause` is what `node:tls` reported; `more` is added.
 */
export function tlsFailure(
  what: string,
  option: string,
  cause: unknown,
  more = "",
): HandshakeError {
  const { code = "", message = String(cause) } = (cause ?? {}) as NodeJS.ErrnoException;
  const hint = hintFor(code, option);
  return new HandshakeError(
    "TLS_FAILED",
    `${what} failed: ${message.trim()}${hint && ` (${hint})`}${more}`,
    { status: 0 },
    { cause },
  );
}

function hintFor(code: string, option: string): string {
  if (UNTRUSTED.has(code)) return `to trust it, pass its authority's certificate as ${option}.ca`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `if the certificate is meant for another name, pass that as ${option}.servername`;
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return "the server needs a valid certificate, or the clock is wrong here or there";
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return "the other side does not seem to speak TLS on this port";
  }
  if (CLIENT_CERTIFICATE.test(code)) {
    return `if a client certificate is asked for, pass it as ${option}.cert and ${option}.key`;
  }
  return "";
}
