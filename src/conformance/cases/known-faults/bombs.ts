/** Compressed messages that are much longer than they look, and frames without their payload. */
import type { DeflateOffer } from "../../opening/deflate-offer.ts";
import { encodeFrame, OPCODE } from "../../wire/frame.ts";
import { deflated } from "../deflate/deflate-steps.ts";

const MIB = 2 ** 20;
const MASK = Buffer.alloc(4);

/** permessage-deflate as it comes. */
export const BOMB_OFFER: DeflateOffer = [{ noTakeover: false, bits: 0, hinted: true }];

/** So many MiB of zeros as one compressed message, in one frame or in so many fragments. */
export function bombFrames(masked: boolean, mebibytes: number, count = 1): Buffer {
  const payload = deflated(Buffer.alloc(mebibytes * MIB));
  const size = Math.ceil(payload.length / count);
  const parts = Array.from({ length: count }, (_, i) =>
    encodeFrame(
      {
        opcode: i === 0 ? OPCODE.binary : OPCODE.continuation,
        fin: i === count - 1,
        rsv: i === 0 ? 4 : 0,
        payload: payload.subarray(i * size, (i + 1) * size),
      },
      masked ? MASK : undefined,
    ),
  );
  return Buffer.concat(parts);
}

/** The head of a masked frame whose payload follows. */
export const headOf = (opcode: number, length: number): Buffer =>
  encodeFrame({ opcode, announce: BigInt(length), lengthBytes: 8 }, MASK);
