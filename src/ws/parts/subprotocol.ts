import { parseTokenList } from "../../handshake/token.ts";

/**
 * Reads a Sec-WebSocket-Protocol value (RFC 6455 §4.1).
 *
 * @returns the subprotocols in their order
 * @throws SyntaxError for what is no list of tokens, and for one that is there twice
 */
function parse(header: string): Set<string> {
  const list = parseTokenList(header);
  if (list === undefined || list.length === 0) {
    throw new SyntaxError(`not a list of subprotocols (RFC 6455 §4.1): ${header}`);
  }
  const protocols = new Set<string>();
  for (const protocol of list) {
    if (protocols.has(protocol)) {
      throw new SyntaxError(`The "${protocol}" subprotocol is duplicated`);
    }
    protocols.add(protocol);
  }
  return protocols;
}

/** Reads Sec-WebSocket-Protocol. */
export const subprotocol = { parse };
