import { HandshakeError, type HandshakeFault } from "../errors.ts";

/** No faults, shared by all heads that have none. */
export const NO_FAULTS: readonly HandshakeFault[] = Object.freeze([]);

/** All faults in one sentence, for the message of an error. */
export function listFaults(faults: readonly HandshakeFault[]): string {
  return faults.map((fault) => fault.message).join("; ");
}

/**
 * The error that answers a request with these faults (at least one): status 426 where the version
 * is all that is wrong (RFC 6455 §4.4), else the first other status, as a rule 400. The faults are
 * also its body, one a line.
 */
export function badRequest(faults: readonly HandshakeFault[]): HandshakeError {
  const other = faults.find((fault) => fault.status !== 426);
  return new HandshakeError(
    "BAD_REQUEST",
    `not a valid WebSocket request: ${listFaults(faults)}`,
    {
      status: (other ?? faults[0])?.status ?? 400,
      body: faults.map((fault) => `${fault.message}\n`).join(""),
    },
    { faults },
  );
}
