import type { HandshakeFault } from "../../errors.ts";
import { NO_FAULTS } from "../../handshake/fault.ts";
import type { Refusal } from "../../handshake/response.ts";
import type { RefusedHandshake } from "../refused-handshake.ts";

/** Why a handshake is refused, and with what answer. */
export interface RefusalReason extends Refusal {
  /** See `RefusedHandshake.code`. */
  readonly code: string;
  /** In a sentence; the body too, where that is not given. */
  readonly message: string;
  /** What is wrong with the request; the body too, a line for each, where that is not given. */
  readonly faults?: readonly HandshakeFault[];
  readonly error?: unknown;
}

/** What `onRefused` is told. */
export function describeRefusal(
  { code, status, message, faults = NO_FAULTS, error }: RefusalReason,
  handshake: Pick<RefusedHandshake, "head" | "route" | "remoteAddress">,
): RefusedHandshake {
  return { code, status, message, faults, ...handshake, error };
}

/** The body that the peer is answered. */
export function bodyOf({ message, faults = NO_FAULTS }: RefusalReason): string {
  if (faults.length === 0) return `${message}\n`;
  return faults.map((fault) => `${fault.message}\n`).join("");
}
