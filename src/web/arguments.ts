/** The algorithms that the standard's interfaces share: what URL, subprotocols and close codes may be. */

import { isToken } from "../handshake/token.ts";
import { usvString } from "./idl/conversions.ts";
import { pageAddress } from "./opening/options.ts";

const ALIASES: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:" };

/**
 * "Get a URL record".
 *
 * @throws DOMException `SyntaxError`
 */
export function urlRecord(url: unknown): URL {
  const record = parse(usvString(url));
  record.protocol = ALIASES[record.protocol] ?? record.protocol;
  if (record.protocol !== "ws:" && record.protocol !== "wss:") {
    throw new DOMException(
      "the URL has another scheme than ws:, wss:, http: and https:",
      "SyntaxError",
    );
  }
  // An empty fragment shows in `href` alone.
  if (record.href.includes("#")) {
    throw new DOMException(
      'the URL has a fragment; write "#" as %23 if it belongs to the path',
      "SyntaxError",
    );
  }
  return record;
}

function parse(url: string): URL {
  try {
    return new URL(url, pageAddress());
  } catch {
    // The text is not repeated: it may hold a password.
    throw new DOMException(
      'not a valid URL; expected one such as "wss://example.com/path"',
      "SyntaxError",
    );
  }
}

/** @throws DOMException `SyntaxError` for what is no subprotocol, and for one that is there twice */
export function checkProtocols(protocols: readonly string[]): void {
  const lowercase = protocols.map((protocol) => protocol.toLowerCase());
  for (const [index, protocol] of protocols.entries()) {
    if (!isToken(protocol)) {
      throw new DOMException(`protocols[${index}] is not a token (RFC 6455 §4.1)`, "SyntaxError");
    }
    if (lowercase.indexOf(lowercase[index]!) !== index) {
      throw new DOMException(
        `protocols[${index}] is there twice, expected each once`,
        "SyntaxError",
      );
    }
  }
}

/**
 * "Validate close code and reason".
 *
 * @throws DOMException `InvalidAccessError` for the code, `SyntaxError` for the reason
 */
export function checkClose(code: number | undefined, reason: string): void {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    const message = `a close code is 1000 or 3000 to 4999; got ${code}`;
    throw new DOMException(message, "InvalidAccessError");
  }
  const length = Buffer.byteLength(reason);
  if (length > 123) {
    const message = `a close reason has at most 123 bytes in UTF-8; got ${length}`;
    throw new DOMException(message, "SyntaxError");
  }
}
