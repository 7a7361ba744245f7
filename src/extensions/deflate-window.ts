/** Positions in a window count from 0 to this, and then from 0 again. */
export const POSITION_MASK = 0xffff;

/**
 * The sizes of a ring before it has its full one. They are few, since what is left behind is no
 * use to anyone for a while, and of the full one the system only counts what was written.
 */
const SMALL_RINGS = [512, 4096];
const NOTHING = Buffer.alloc(0);

/** See {@link DeflateWindow.tail}: a new buffer of 32 KiB would cost as much as inflating a message. */
const lentBuffer = Buffer.allocUnsafeSlow(32 * 1024);

/**
 * The last bytes of what has passed in one direction of a connection, to which what follows may
 * refer (RFC 7692 §7.2, RFC 1951 §2). With them as `dictionary` a synchronous call of zlib goes on
 * where the last one ended; the codec of short messages works in them. No zlib object is held
 * between messages.
 *
 * The bytes lie in a ring: the one at position `p` is `bytes[p & mask]`.
 */
export class DeflateWindow {
  /** How far back can be referred to, in bytes. */
  readonly size: number;
  readonly mask: number;
  /** Replaced by a larger one as it fills: many connections never need all of it. */
  bytes = NOTHING;
  /** The position behind the last byte. */
  end = 0;
  /** How many bytes before {@link end} are there, at most {@link size}. */
  length = 0;

  /**
   * @param bits base-2 logarithm of the size in bytes, 8 to 15
   * @param room bytes that can be written ahead by {@link write} at least
   */
  constructor(bits: number, room = 0) {
    this.size = 1 << bits;
    let capacity = this.size;
    while (capacity < room) capacity *= 2;
    this.mask = capacity - 1;
  }

  /** All of it, undefined for nothing. Overwritten by the next {@link add}. */
  get content(): Buffer | undefined {
    return this.tail(this.length);
  }

  /**
   * The last `size` bytes of the {@link content}, or all where it has less.
   *
   * @param lent whether they may be in a buffer that the next such call for any window overwrites:
   * for zlib's synchronous calls, which read it at once
   */
  tail(size: number, lent = false): Buffer | undefined {
    const length = Math.min(size, this.length);
    if (length === 0) return undefined;
    const from = (this.end - length) & this.mask;
    const { bytes } = this;
    if (from + length <= bytes.length) return bytes.subarray(from, from + length);
    const whole = lent ? lentBuffer.subarray(0, length) : Buffer.allocUnsafeSlow(length);
    const first = bytes.copy(whole, 0, from);
    bytes.copy(whole, first, 0, length - first);
    return whole;
  }

  /** Moves the window over `data`, which is copied. */
  add(data: Uint8Array): void {
    const { size } = this;
    const last = data.length > size ? data.subarray(data.length - size) : data;
    this.write(last);
    this.accept(last.length);
  }

  /**
   * Writes `data` behind the {@link end}, without moving the window yet. What it overwrites is no
   * longer there.
   */
  write(data: Uint8Array): void {
    const { length } = data;
    const start = this.end & this.mask;
    if (this.bytes.length <= this.mask) this.#grow(Math.min(start + length, this.mask + 1));
    const first = Math.min(length, this.mask + 1 - start);
    if (first === length) {
      this.bytes.set(data, start);
    } else {
      this.bytes.set(data.subarray(0, first), start);
      this.bytes.set(data.subarray(first), 0);
    }
    this.length = Math.min(this.length, this.mask + 1 - length);
  }

  /** Moves the window over the next `length` bytes, which were written. */
  accept(length: number): void {
    this.end = (this.end + length) & POSITION_MASK;
    this.length = Math.min(this.length + length, this.size);
  }

  clear(): void {
    this.bytes = NOTHING;
    this.end = 0;
    this.length = 0;
  }

  /** Until the ring has its full size nothing was written beyond it, so positions are offsets. */
  #grow(needed: number): void {
    const old = this.bytes;
    if (old.length >= needed) return;
    const full = this.mask + 1;
    const size = SMALL_RINGS.find((small) => small >= needed) ?? full;
    // Slow: of a pooled buffer a whole pool would stay with an idle connection.
    this.bytes = Buffer.allocUnsafeSlow(Math.min(size, full));
    this.bytes.set(old);
  }
}
