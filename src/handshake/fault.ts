import type { HandshakeFault } from "../errors.ts";

/** No faults, shared by all heads that have none. */
export const NO_FAULTS: readonly HandshakeFault[] = Object.freeze([]);

/** All faults in one sentence, for the message of an error. */
export function listFaults(faults: readonly HandshakeFault[]): string {
  return faults.map((fault) => fault.message).join("; ");
}

/**
 * The status that answers a request with these faults (at least one): 426 where the version is all that is
 * wrong (RFC 6455 §4.4), else the first other status, as a rule 400.
 */
export function badRequestStatus(faults: readonly HandshakeFault[]): number {
  const other = faults.find((fault) => fault.status !== 426);
  return (other ?? faults[0])?.status ?? 400;
}
