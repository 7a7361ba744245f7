import { randomFillSync } from "node:crypto";

// Random bytes are drawn in blocks: a call of randomFillSync costs about a microsecond whether it
// fills 4 bytes or 8 KiB.
const block = new Int32Array(2048);
let next = block.length;

/** A fresh unpredictable masking key, as RFC 6455 §5.3 and §10.3 want one for every frame. */
export function randomKey(): number {
  if (next === block.length) {
    randomFillSync(block);
    next = 0;
  }
  const key = block[next]!;
  // A key that was used stays secret from nobody, but there is no reason to keep it.
  block[next++] = 0;
  return key;
}
