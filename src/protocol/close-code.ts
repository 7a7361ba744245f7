/** Close codes by name (RFC 6455 §7.4.1 and the IANA registry it set up). */
export const CloseCode = {
  /** The purpose of the connection is fulfilled. */
  normal: 1000,
  /** A server shuts down, or a page is left. */
  goingAway: 1001,
  /** The peer broke the protocol. */
  protocolError: 1002,
  /** A type of data, text or binary, that is not accepted. */
  unsupportedData: 1003,
  /** Reported locally when a Close frame without a code came; never on the wire. */
  noStatus: 1005,
  /** Reported locally when the connection ended without a Close frame; never on the wire. */
  abnormal: 1006,
  /** Data that does not fit the type of its message, such as text that is not UTF-8. */
  invalidPayload: 1007,
  /** The peer broke a rule of this side that no other code is for. */
  policyViolation: 1008,
  /** A message is larger than this side takes. */
  messageTooBig: 1009,
  /** From a client: the server did not agree to an extension that it needs. */
  mandatoryExtension: 1010,
  /** This side met a condition that it did not expect. */
  internalError: 1011,
  /** The service restarts; the client may connect again (IANA registry). */
  serviceRestart: 1012,
  /** Too much load; the client may try again later (IANA registry). */
  tryAgainLater: 1013,
  /** A gateway got a bad answer from the server behind it (IANA registry). */
  badGateway: 1014,
} as const;

/**
 * Whether a Close frame may carry this code.
 *
 * §7.4.1 keeps 1004 to 1006 and 1015 off the wire; §7.4.2 leaves 1000 to 2999 to the protocol
 * (of which 1012 to 1014 are registered since) and gives 3000 to 4999 to libraries and
 * applications. Everything else is undefined.
 */
export function mayBeOnTheWire(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  if (code < 1000 || code > 1014) return false;
  return code <= 1003 || code >= 1007;
}
