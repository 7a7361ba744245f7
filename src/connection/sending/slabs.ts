/**
 * Output buffers, lent to a connection from its first unsent frame until its next write: an idle
 * connection holds none.
 *
 * There are two sizes, so that a loop that sends one short message to each of ten thousand
 * connections does not take ten thousand large buffers at once.
 */

/** Bytes of a slab for a connection that sends now and then. */
export const SMALL_SLAB = 4 * 1024;

/**
 * Bytes of a slab for a connection that answers a chunk of input, which is seldom larger. What does
 * not fit goes out before the rest.
 */
export const LARGE_SLAB = 128 * 1024;

const MOST_SMALL = 256;
const MOST_LARGE = 16;
const small: Buffer[] = [];
const large: Buffer[] = [];

/** Takes a slab of at least `size` bytes, at most {@link LARGE_SLAB}. */
export function takeSlab(size: number): Buffer {
  if (size <= SMALL_SLAB) return small.pop() ?? Buffer.allocUnsafeSlow(SMALL_SLAB);
  return large.pop() ?? Buffer.allocUnsafeSlow(LARGE_SLAB);
}

/** Gives a slab back that nobody reads any more. One that is not given back is garbage. */
export function releaseSlab(slab: Buffer): void {
  if (slab.length === SMALL_SLAB) {
    if (small.length < MOST_SMALL) small.push(slab);
  } else if (large.length < MOST_LARGE) {
    large.push(slab);
  }
}
