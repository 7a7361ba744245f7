/**
 * Output buffers, lent to a connection from its first unsent frame until the system has taken it: an idle
 * connection holds none. Their sizes are powers of two, so that what waits for a slow peer holds at most
 * twice its bytes, and a loop that sends one short message to each of ten thousand connections
 * does not take ten thousand large buffers.
 */

/** Bytes of the smallest slab. */
export const SMALLEST_SLAB = 1024;

/**
 * Bytes of the largest slab: what answers a chunk of input, which has no more bytes than this, mostly fits.
 */
export const LARGEST_SLAB = 128 * 1024;

const SIZES = Math.log2(LARGEST_SLAB / SMALLEST_SLAB) + 1;

/** Most bytes that free slabs of one size hold: 1,024 of the smallest, 16 of the largest. */
const MOST_FREE = [1, 1, 1, 1, 1, 1, 2, 2].map((mebibytes) => mebibytes * 1024 * 1024);

const free: Buffer[][] = Array.from({ length: SIZES }, () => []);

/** Takes a slab of at least `size` bytes, at most {@link LARGEST_SLAB}. */
export function takeSlab(size: number): Buffer {
  const index = indexOf(size);
  return free[index]!.pop() ?? Buffer.allocUnsafeSlow(SMALLEST_SLAB << index);
}

/** Gives a slab back that nobody reads any more. One that is not given back is garbage. */
export function releaseSlab(slab: Buffer): void {
  const index = indexOf(slab.length);
  const list = free[index]!;
  if ((list.length + 1) * slab.length <= MOST_FREE[index]!) list.push(slab);
}

/** The bytes of `slab[0, used)` in one with room for at least `size` bytes. */
export function widenSlab(slab: Buffer, used: number, size: number): Buffer {
  const wide = takeSlab(size);
  slab.copy(wide, 0, 0, used);
  releaseSlab(slab);
  return wide;
}

/** Which of the sizes has room for so many bytes. */
function indexOf(size: number): number {
  return size <= SMALLEST_SLAB ? 0 : 22 - Math.clz32(size - 1);
}

/** Bytes that headers are cut from: one that is kept keeps no more. */
const HEADERS = 1024;
let headers = Buffer.alloc(0);

/** Memory for a header that waits by itself, which is never given back. */
export function takeHeader(size: number): Buffer {
  if (headers.length < size) headers = Buffer.allocUnsafeSlow(HEADERS);
  const header = headers.subarray(0, size);
  headers = headers.subarray(size);
  return header;
}
