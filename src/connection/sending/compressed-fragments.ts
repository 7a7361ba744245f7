import type { MessageDeflater } from "../../compression/message-deflater.ts";
import { isWorthwhile } from "../../compression/options.ts";
import { FIN, RSV1 } from "../../protocol/frame-header.ts";
import { Opcode } from "../../protocol/opcode.ts";
import type { FragmentTarget } from "./fragments.ts";

/**
 * Between a message in fragments and its frames: compresses them (RFC 7692 §7.2.1). The first
 * fragment decides for the message, and only its frame has RSV1 set (§6).
 */
export class CompressedFragments implements FragmentTarget {
  readonly #deflater: MessageDeflater;
  readonly #plain: FragmentTarget;
  readonly #counted: <T>(bytes: number, promise: Promise<T>) => Promise<T>;
  /** Once the first fragment has decided. */
  #compresses: boolean | undefined;

  /**
   * @param plain where the fragments go, those that are not compressed too
   * @param counted counts bytes as waiting until the promise is settled
   * @param compresses whether the message is compressed, where that is known before its first fragment
   */
  constructor(
    deflater: MessageDeflater,
    plain: FragmentTarget,
    counted: <T>(bytes: number, promise: Promise<T>) => Promise<T>,
    compresses?: boolean,
  ) {
    this.#deflater = deflater;
    this.#plain = plain;
    this.#counted = counted;
    this.#compresses = compresses;
  }

  text(first: number, text: string): Promise<void> | undefined {
    if (!this.#decide(text)) return this.#plain.text(first, text);
    return this.#compress(first, Buffer.from(text));
  }

  binary(first: number, bytes: Uint8Array): Promise<void> | undefined {
    if (!this.#decide(bytes)) return this.#plain.binary(first, bytes);
    return this.#compress(first, bytes);
  }

  abandon(cause: unknown): void {
    // Where `shouldCompress` has thrown, nothing was sent.
    if (this.#compresses !== undefined) this.#plain.abandon(cause);
  }

  /** Whether the message is compressed. How long it will be is not known, so the threshold is out. */
  #decide(fragment: string | Uint8Array): boolean {
    this.#compresses ??= isWorthwhile({ ...this.#deflater.settings, threshold: 0 }, fragment);
    return this.#compresses;
  }

  async #compress(first: number, bytes: Uint8Array): Promise<void> {
    const mark = (first & 0x0f) === Opcode.continuation ? 0 : RSV1;
    const deflated = this.#deflater.deflateFragment(bytes, first >= FIN);
    await this.#plain.binary(first | mark, await this.#counted(bytes.length, deflated));
  }
}
