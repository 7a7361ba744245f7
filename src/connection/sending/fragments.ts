import { ArgumentError } from "../../errors.ts";
import { describe } from "../../options/describe.ts";
import { firstByte } from "../../protocol/frame-writer.ts";
import { Opcode } from "../../protocol/opcode.ts";

/**
 * Sends a fragment of a message.
 *
 * @param fin whether it is the last
 * @returns when it has been sent; a rejection need not be handled
 */
export type SendFragment = (fragment: Uint8Array | Blob, fin: boolean) => Promise<void>;

/** Where the fragments go. */
export interface FragmentTarget {
  /** @param first first byte of the frame */
  text(first: number, text: string): Promise<void> | undefined;
  binary(first: number, bytes: Uint8Array): Promise<void> | undefined;
  /** The message cannot be finished. */
  abandon(cause: unknown): void;
}

/** @throws ArgumentError for what cannot be iterated over */
export function checkFragments(fragments: unknown): void {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = Object(fragments);
  if (typeof later === "function" || typeof now === "function") return;
  throw new ArgumentError(
    `a message in fragments is an iterable, async or not; got ${describe(fragments)}`,
  );
}

/** Sends a frame per fragment, and an empty last one. */
export async function sendInFragments(
  fragments: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  target: FragmentTarget,
): Promise<void> {
  const message = new FragmentedMessage(target);
  try {
    for await (const fragment of fragments) await message.add(fragment);
    await message.end();
  } catch (error) {
    if (message.begun) target.abandon(error);
    throw error;
  }
}

class FragmentedMessage {
  begun = false;
  readonly #target: FragmentTarget;
  #text = false;
  /** The first half of a surrogate pair whose other half is in the next string. */
  #half = "";

  constructor(target: FragmentTarget) {
    this.#target = target;
  }

  add(fragment: string | Uint8Array): Promise<void> | undefined {
    const text = typeof fragment === "string";
    if (!text && !(fragment instanceof Uint8Array)) {
      throw new ArgumentError(`a fragment is a string or a Uint8Array; got ${typeof fragment}`);
    }
    if (this.begun && text !== this.#text) {
      throw new ArgumentError("the fragments of a message are either all strings or all binary");
    }
    this.#text = text;
    if (!text) return this.#target.binary(this.#firstByte(false), fragment);
    const joined = this.#half + fragment;
    const whole = endsInHalf(joined) ? joined.slice(0, -1) : joined;
    this.#half = joined.slice(whole.length);
    return this.#target.text(this.#firstByte(false), whole);
  }

  end(): Promise<void> | undefined {
    if (!this.begun) throw new ArgumentError("a message needs at least one fragment");
    return this.#target.text(this.#firstByte(true), this.#half);
  }

  #firstByte(fin: boolean): number {
    if (this.begun) return firstByte(Opcode.continuation, fin);
    this.begun = true;
    return firstByte(this.#text ? Opcode.text : Opcode.binary, fin);
  }
}

function endsInHalf(text: string): boolean {
  const unit = text.charCodeAt(text.length - 1);
  return unit >= 0xd800 && unit <= 0xdbff;
}
