/**
 * The last bytes of what has passed in one direction of a connection: with them as `dictionary`
 * a synchronous call of zlib goes on where the last one ended (RFC 7692 §7.2, RFC 1951 §2), and
 * no zlib object is held between messages.
 */
export class DeflateWindow {
  readonly #size: number;
  #bytes: Buffer | undefined;
  #length = 0;

  /** @param bits base-2 logarithm of the size in bytes, 8 to 15 */
  constructor(bits: number) {
    this.#size = 1 << bits;
  }

  /** What is in the window, undefined for nothing. Overwritten by the next {@link add}. */
  get content(): Buffer | undefined {
    const bytes = this.#bytes;
    return bytes?.length === this.#length ? bytes : bytes?.subarray(0, this.#length);
  }

  /** The last `size` bytes of the {@link content}, or all where it has less. */
  tail(size: number): Buffer | undefined {
    if (this.#length <= size) return this.content;
    return this.#bytes?.subarray(this.#length - size, this.#length);
  }

  /** Moves the window over `data`, which is copied. */
  add(data: Uint8Array): void {
    if (data.length === 0) return;
    const bytes = this.#room(data.length);
    const size = bytes.length;
    if (data.length >= size) {
      bytes.set(data.subarray(data.length - size));
      this.#length = size;
      return;
    }
    const kept = Math.min(this.#length, size - data.length);
    if (kept < this.#length) bytes.copyWithin(0, this.#length - kept, this.#length);
    bytes.set(data, kept);
    this.#length = kept + data.length;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#length = 0;
  }

  /** The buffer, grown where it is not at its full size yet: many connections never need that. */
  #room(added: number): Buffer {
    const old = this.#bytes;
    const needed = Math.min(this.#length + added, this.#size);
    if (old !== undefined && old.length >= needed) return old;
    let size = old?.length ?? Math.min(512, this.#size);
    while (size < needed) size *= 2;
    // Slow: of a pooled buffer a whole pool would stay with an idle connection.
    const grown = Buffer.allocUnsafeSlow(size);
    old?.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    return grown;
  }
}
