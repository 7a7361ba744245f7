/** Close codes by name (RFC 6455 §7.4.1 and the IANA registry it set up). */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Reported locally when a Close frame without a code came; never on the wire. */
  noStatus: 1005,
  /** Reported locally when the connection ended without a Close frame; never on the wire. */
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  mandatoryExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
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
