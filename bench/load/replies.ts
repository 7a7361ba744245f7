/** Counts the messages in what a server sends, in frames of any size, and passes their content on. */

/** Gets the content of messages. */
export interface ReplyJudge {
  /**
   * @param first first byte of the frame: FIN, reserved bits and opcode
   * @param part valid during the call only
   */
  add(first: number, part: Uint8Array): void;
  /** The message is complete. */
  end(): void;
}

const FIN = 0x80;

/** Counts the messages in what comes back on one connection, unmasked. */
export class ReplyCounter {
  messages = 0;
  /** Bytes of frames. */
  bytes = 0;
  readonly #judge: ReplyJudge | undefined;
  readonly #head = Buffer.alloc(10);
  #headLength = 0;
  /** Bytes of payload that the frame in progress still lacks. */
  #missing = 0;

  /** @param judge is given the content of the messages */
  constructor(judge: ReplyJudge | undefined) {
    this.#judge = judge;
  }

  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing === 0) {
        at = this.#readHead(chunk, at);
        continue;
      }
      const end = Math.min(chunk.length, at + this.#missing);
      this.#judge?.add(this.#head[0]!, chunk.subarray(at, end));
      this.#missing -= end - at;
      at = end;
      if (this.#missing === 0) this.#end();
    }
  }

  /** Takes bytes of the header, and the length of the payload once it is whole (RFC 6455 §5.2). */
  #readHead(chunk: Buffer, start: number): number {
    const head = this.#head;
    let at = start;
    while (at < chunk.length) {
      head[this.#headLength++] = chunk[at++]!;
      if (this.#headLength < 2) continue;
      const short = head[1]!;
      if (this.#headLength < (short < 126 ? 2 : short === 126 ? 4 : 10)) continue;
      this.#headLength = 0;
      this.#missing =
        short < 126 ? short : short === 126 ? head.readUInt16BE(2) : head.readUInt32BE(6);
      if (this.#missing === 0) this.#end();
      break;
    }
    return at;
  }

  #end(): void {
    // §5.4: the last frame of a message has FIN.
    if (this.#head[0]! < FIN) return;
    this.messages++;
    this.#judge?.end();
  }
}
