/**
 * The fixed Huffman codes of DEFLATE (RFC 1951 §3.2.6), and its lengths and distances (§3.2.5), as
 * tables for the codec of short messages. Codes are packed from their most significant bit on
 * (§3.1.1), so here they are all reversed.
 */

/** The literal/length symbol that ends a block. */
export const END_OF_BLOCK = 256;

export const MAX_MATCH = 258;

/** Symbols above 256, counted from 257: the least length that each stands for, and extra bits. */
export const LENGTH_BASE = Uint16Array.of(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115],
  ...[131, 163, 195, 227, 258],
);
export const LENGTH_EXTRA = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
);

/** The symbols of distances: the least distance that each stands for, and extra bits. */
export const DISTANCE_EXTRA = Uint8Array.from({ length: 30 }, (_, symbol) =>
  Math.max(0, (symbol >> 1) - 1),
);
export const DISTANCE_BASE = Uint16Array.from({ length: 30 }, (_, symbol) =>
  symbol < 2 ? symbol + 1 : ((2 + (symbol & 1)) << DISTANCE_EXTRA[symbol]!) + 1,
);

/** All codes of distances have so many bits; the code is the symbol. */
export const DISTANCE_BITS = 5;
export const DISTANCE_CODE = Uint8Array.from({ length: 30 }, (_, symbol) =>
  reversed(symbol, DISTANCE_BITS),
);

/** The bits of a literal/length symbol's code. */
export const SYMBOL_BITS = Uint8Array.from({ length: 288 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
export const SYMBOL_CODE = Uint16Array.from({ length: 288 }, (_, symbol) =>
  reversed(codeOf(symbol), SYMBOL_BITS[symbol]!),
);

function codeOf(symbol: number): number {
  if (symbol < 144) return 0x30 + symbol;
  if (symbol < 256) return 0x190 + symbol - 144;
  return symbol < 280 ? symbol - 256 : 0xc0 + symbol - 280;
}

function reversed(code: number, bits: number): number {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= ((code >> i) & 1) << (bits - 1 - i);
  return result;
}
