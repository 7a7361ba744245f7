/** Peers that are wrong on purpose: the reference peers of the conformance tests with faults. */
import type { Faults } from "../../test/conformance/reference/faults.ts";

/** What each gets wrong. `"right"` has no fault. */
const FAULTS: ReadonlyMap<string, Faults> = new Map<string, Faults>([
  ["right", {}],
  ["no-utf8-check", { utf8: "never" }],
  ["late-utf8-check", { utf8: "late" }],
  ["rsv-ignored", { ignoresRsv: 7 }],
  ["no-pong", { pong: () => undefined }],
  ["tcp-dropped", { dropsTcp: true }],
  ["fragments-are-messages", { fragmentsAreMessages: true }],
  ["any-close", { takesAnyClose: true }],
  ["opcodes-ignored", { ignoresOpcodes: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] }],
  ["type-swapped", { swapsType: true }],
]);

/** Names of the faults, for each of which there is a server and a client. */
export const FAULT_NAMES: readonly string[] = [...FAULTS.keys()];

/** The faults of that name. Throws an `Error` for an unknown one. */
export function faultsNamed(name = ""): Faults {
  const faults = FAULTS.get(name);
  if (faults === undefined) {
    throw new Error(`expected one of ${FAULT_NAMES.join(", ")}, got "${name}"`);
  }
  return faults;
}
