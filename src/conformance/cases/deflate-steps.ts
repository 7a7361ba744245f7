/** What the cases on compression are made of. */
import { deflateRawSync } from "node:zlib";
import type { DialogCase, Event, ExpectedClose, Step } from "../case.ts";
import { fixedBlock } from "../wire/deflate-block.ts";
import { OPCODE } from "../wire/frame.ts";
import { frame, giveUp, kill } from "./steps.ts";

/** zlib gives no reason, so a testee may call it a protocol error, bad data or its own failure. */
export const CORRUPT: ExpectedClose = {
  closedByMe: false,
  codes: [1002, 1003, 1007, 1008, 1009, 1011],
  requireClean: false,
};

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

/** A case that needs compression, with takeover and any window unless `options` say else. */
export function dialog(
  id: string,
  description: string,
  expectation: string,
  rule: string,
  close: ExpectedClose,
  events: readonly Event[],
  steps: readonly Step[],
  options: Partial<DialogCase> = {},
): DialogCase {
  return {
    kind: "dialog",
    id,
    description: `${description}.`,
    expectation,
    rules: [`RFC 7692 ${rule}`],
    expected: { OK: events },
    close,
    deflate: [{ noTakeover: false, bits: 0 }],
    steps: () => [...steps, close.closedByMe ? giveUp(3000) : kill()],
    ...options,
  };
}
