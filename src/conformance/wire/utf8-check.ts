/** UTF-8 as RFC 3629 §4 has it, checked byte by byte over any chunks. */
import { isAscii } from "node:buffer";

/** Checks a stream of bytes; remembers where it stands between chunks. */
export class Utf8Check {
  #needed = 0;
  #low = 0x80;
  #high = 0xbf;
  #valid = true;

  /** Reads one more chunk. Returns false from the first byte on that cannot be in valid UTF-8. */
  feed(chunk: Buffer): boolean {
    // Between characters, ASCII is valid as it is; most text of the long cases is nothing else.
    if (this.#needed === 0 && isAscii(chunk)) return this.#valid;
    for (let i = 0; i < chunk.length && this.#valid; i++) {
      const byte = chunk[i]!;
      if (this.#needed === 0) {
        if (byte > 0x7f) this.#lead(byte);
      } else if (byte < this.#low || byte > this.#high) {
        this.#valid = false;
      } else {
        this.#needed--;
        this.#low = 0x80;
        this.#high = 0xbf;
      }
    }
    return this.#valid;
  }

  /** Whether all that was read is valid and ends at the end of a character. */
  complete(): boolean {
    return this.#valid && this.#needed === 0;
  }

  #lead(byte: number): void {
    if (byte < 0xc2 || byte > 0xf4) {
      this.#valid = false;
      return;
    }
    this.#needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    // No overlong forms, no surrogates, nothing above U+10FFFF.
    if (byte === 0xe0) this.#low = 0xa0;
    if (byte === 0xed) this.#high = 0x9f;
    if (byte === 0xf0) this.#low = 0x90;
    if (byte === 0xf4) this.#high = 0x8f;
  }
}
