/** What the cases on compression are made of. */
import { constants, deflateRawSync } from "node:zlib";
import type { DialogCase, Step } from "../../case.ts";
import type { Event } from "../../observation.ts";
import { breaks, meets, type Outcome } from "../../outcome.ts";
import { fixedBlock } from "../../wire/deflate-block.ts";
import { OPCODE } from "../../wire/frame.ts";
import { dialog } from "../builders.ts";
import { frame } from "../steps.ts";

/** A payload as RFC 7692 §7.2.1 makes it. */
export function deflated(data: string | Buffer, level = 6): Buffer {
  const out = deflateRawSync(Buffer.from(data as string), {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return out.subarray(0, -4);
}

/** Sends a compressed text, or the first fragment of one. */
export const compressed = (payload: Buffer, options: Parameters<typeof frame>[2] = {}): Step =>
  frame(OPCODE.text, payload, { rsv: 4, ...options });

/** A stream that is over: its last block has BFINAL set (§7.2.3.4). */
export const withFinal = (data: string): Buffer =>
  Buffer.concat([deflateRawSync(Buffer.from(data)), Buffer.from([0])]);

/** Sends a compressed text made of these literals and matches. */
export const referring = (...pieces: Parameters<typeof fixedBlock>[0]): Step =>
  compressed(fixedBlock(pieces));

/** The same in three fragments. */
export function referringInFragments(...pieces: Parameters<typeof fixedBlock>[0]): Step[] {
  const payload = fixedBlock(pieces);
  const third = Math.ceil(payload.length / 3);
  return [
    compressed(payload.subarray(0, third), { fin: false }),
    frame(OPCODE.continuation, payload.subarray(third, 2 * third), { fin: false }),
    frame(OPCODE.continuation, payload.subarray(2 * third)),
  ];
}

/** A case that needs compression, with takeover and any window unless it says else. */
export const deflateCase = (parts: Omit<DialogCase, "kind" | "dangerous">): DialogCase =>
  dialog({ deflate: [{ noTakeover: false, bits: 0, hinted: true }], ...parts, dangerous: true });

/**
 * Of what is no DEFLATE stream no message is made. zlib gives no reason, and nothing says by which code
 * the connection is to be failed, or that it must be (RFC 6455 §10.7 has a SHOULD).
 */
export const inflatesNothing = (events: readonly Event[] = []): Outcome[] => [
  meets({ events, end: { by: "testee" }, unless: ["FAILED"] }),
  breaks({ events, end: { by: "either" } }, "invalidData", "The message was lost in silence."),
];
