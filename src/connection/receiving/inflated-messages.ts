import { isAscii } from "node:buffer";
import { discard } from "../../compression/long-buffers.ts";
import type { MessageInflater } from "../../compression/message-inflater.ts";
import { ProtocolError } from "../../errors.ts";
import type { Texts } from "../../protocol/message-assembler.ts";
import { checkUtf8, decodeText } from "../../protocol/text.ts";

/** Who gets the messages. */
export interface InflatedTarget {
  /** Whether a message may be delivered now that took its time. */
  readonly delivers: boolean;
  /** Whether TCP is gone: nobody waits for a long message any more. */
  readonly gone: boolean;
  /** Messages are inflated elsewhere from now on, or no more: those behind wait. */
  onInflating(inflating: boolean): void;
  /** @param calls how often zlib was called for it */
  onInflated(text: boolean, data: string | Buffer, calls: number): void;
  /** The outcome of {@link InflatedMessages.take} that came later: it is to run `deliver`, which may throw. */
  onLater(deliver: () => void): void;
  /** What comes behind a long message is dropped, since nothing is waited for any more. */
  onAbandoned(): void;
}

/** Compressed messages on their way to the consumer: short ones at once, long ones by the thread pool. */
export class InflatedMessages {
  readonly #inflater: MessageInflater;
  readonly #target: InflatedTarget;
  readonly #texts: Texts;
  /** A message that is inflated, and held back. */
  #held: (() => void) | undefined;

  /** @param texts what is made of text, see `ConnectionOptions.text` */
  constructor(inflater: MessageInflater, target: InflatedTarget, texts: Texts) {
    this.#inflater = inflater;
    this.#target = target;
    this.#texts = texts;
  }

  /** Whether a message is being inflated on the thread pool, or waits for a thread. */
  get busy(): boolean {
    return this.#inflater.busy;
  }

  /**
   * @param own whether the payload has memory of its own, which is free afterwards
   * @throws ProtocolError
   */
  take(text: boolean, payload: Buffer, own: boolean): void {
    const data = this.#inflater.inflate(payload);
    if (data !== undefined) {
      // The next message would overwrite it.
      this.#deliver(text, text && this.#texts === "string" ? data : Buffer.from(data));
    } else if (this.#target.gone) {
      this.#target.onAbandoned();
    } else {
      this.#target.onInflating(true);
      this.#inflater.inflateLong(payload, !text, (result) => this.#onLong(text, result));
      if (own) discard(payload);
    }
  }

  /** Delivers the message that was held back, if there is one. */
  release(): void {
    const deliver = this.#held;
    this.#held = undefined;
    deliver?.();
  }

  /** Drops what is under way. */
  end(): void {
    this.#inflater.end();
    this.#held = undefined;
  }

  #onLong(text: boolean, result: Buffer | ProtocolError): void {
    if (!this.#target.delivers) {
      this.#held = () => this.#onLong(text, result);
      return;
    }
    this.#target.onInflating(false);
    this.#target.onLater(() => {
      if (result instanceof ProtocolError) throw result;
      this.#deliver(text, result);
      if (text && this.#texts === "string") discard(result);
    });
  }

  /** RFC 7692 §6.2: text is judged once it is inflated. */
  #deliver(text: boolean, data: Buffer): void {
    const { calls } = this.#inflater;
    if (!text || this.#texts === "unjudged") this.#target.onInflated(text, data, calls);
    else if (this.#texts === "buffer") this.#target.onInflated(true, checkUtf8(data), calls);
    else {
      const message = decodeText(data, 0, data.length, isAscii(data) ? 0 : 0x80);
      this.#target.onInflated(true, message, calls);
    }
  }
}
