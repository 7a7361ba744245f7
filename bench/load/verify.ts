import type { Exchange } from "./frames.ts";

/**
 * Compares bytes that came back with the bytes that had to come.
 *
 * @param position offset of `chunk` in the stream of replies of its connection, in bytes
 * @returns undefined if all is as it must be, otherwise what differs
 */
export function findDifference(
  exchange: Exchange,
  position: number,
  chunk: Buffer,
): string | undefined {
  return exchange.replyMasked
    ? compareMasked(exchange, position, chunk)
    : comparePlain(exchange.reply, position, chunk);
}

function comparePlain(reply: Uint8Array, position: number, chunk: Buffer): string | undefined {
  let at = 0;
  while (at < chunk.length) {
    const from = (position + at) % reply.length;
    const n = Math.min(chunk.length - at, reply.length - from);
    if (chunk.compare(reply, from, from + n, at, at + n) !== 0) {
      return `reply differs within ${n} bytes at offset ${position + at} of the connection`;
    }
    at += n;
  }
  return undefined;
}

// The mask is the other side's choice, so only whole frames can be judged: those that begin and
// end inside the chunk.
function compareMasked(exchange: Exchange, position: number, chunk: Buffer): string | undefined {
  const { reply, replySize, replyHeader } = exchange;
  let index = Math.ceil(position / replySize);
  for (let at = index * replySize - position; at + replySize <= chunk.length; at += replySize) {
    const expected = (index % exchange.count) * replySize;
    const maskAt = at + replyHeader - 4;
    for (let i = 0; i < replyHeader - 4; i++) {
      if (chunk[at + i] !== reply[expected + i]) return `header of reply ${index} differs`;
    }
    for (let i = replyHeader; i < replySize; i++) {
      const byte = chunk[at + i]! ^ chunk[maskAt + ((i - replyHeader) & 3)]!;
      if (byte !== reply[expected + i]) return `payload of reply ${index} differs`;
    }
    index += 1;
  }
  return undefined;
}
