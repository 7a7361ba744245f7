/** How many slots the keys of a Redis Cluster are spread over. */
export const SLOTS = 16_384;

/**
 * The slot of a key or a channel: CRC-16 (XMODEM) of it, or of what stands between the first braces where there is
 * something, modulo 16,384.
 */
export function slotOf(key: string): number {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  const isTagged = open !== -1 && close > open + 1;
  let sum = 0;
  for (const byte of Buffer.from(isTagged ? key.slice(open + 1, close) : key)) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum & 0x8000 ? 0x1021 : 0);
    sum &= 0xffff;
  }
  return sum % SLOTS;
}
