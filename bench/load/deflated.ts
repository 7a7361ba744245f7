import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import { headerSize, type RandomFill, writeFrame } from "./frames.ts";
import type { ReplyJudge } from "./replies.ts";

/**
 * Frames of compressed messages made beforehand (RFC 7692), and the judge of what comes back. It uses
 * zlib and nothing of what is measured.
 */

/** As browsers offer it: any window, context takeover on both sides. */
export const OFFER = "permessage-deflate; client_max_window_bits";

/** FIN and the opcode of text, with and without RSV1. */
const COMPRESSED_TEXT = 0xc1;
const PLAIN_TEXT = 0x81;
const RSV1 = 0x40;

/** What a client sends: all messages once, then over and over with the window that is full. */
export interface Script {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Where each frame begins: the first round, the second, and the beginning of that once more. */
  readonly offsets: readonly number[];
}

/**
 * Compresses and masks messages as a client with context takeover sends them.
 *
 * @param windowBits base-2 logarithm of the client's window; undefined to leave them as they are
 * @param extra frames repeated behind the last, so that so many can be sent from any place
 */
export function writeScript(
  messages: readonly Uint8Array[],
  windowBits: number | undefined,
  extra: number,
  random: RandomFill,
): Script {
  const frames: Uint8Array[] = [];
  let window = new Uint8Array();
  for (const message of [...messages, ...messages]) {
    let payload = message;
    if (windowBits !== undefined) {
      payload = deflateAfter(window, message, windowBits);
      window = Buffer.concat([window, message]).subarray(-(1 << windowBits));
    }
    const mask = new Uint8Array(4);
    random(mask);
    const frame = new Uint8Array(headerSize(payload.length, true) + payload.length);
    writeFrame(frame, 0, windowBits === undefined ? PLAIN_TEXT : COMPRESSED_TEXT, payload, mask);
    frames.push(frame);
  }
  // The messages fill any window, so the third round would be as the second.
  for (let i = 0; i < extra; i++) frames.push(frames[messages.length + (i % messages.length)]!);
  const offsets = [0];
  for (const { length } of frames) offsets.push(offsets.at(-1)! + length);
  return { count: messages.length, bytes: Buffer.concat(frames), offsets };
}

/** The frames of so many messages from the `sent`-th on. */
export function scriptPart({ bytes, offsets, count }: Script, sent: number, messages: number) {
  const from = sent < count ? sent : count + ((sent - count) % count);
  return bytes.subarray(offsets[from], offsets[from + messages]);
}

function deflateAfter(window: Uint8Array, message: Uint8Array, windowBits: number): Uint8Array {
  const options: ZlibOptions = {
    windowBits: Math.max(9, windowBits),
    finishFlush: constants.Z_SYNC_FLUSH,
  };
  if (window.length > 0) options.dictionary = window;
  return deflateRawSync(message, options).subarray(0, -4);
}

/** Base-2 logarithm of the client's window in a server's answer; undefined without compression. */
export function clientWindowBits(head: string): number | undefined {
  const answer = /^sec-websocket-extensions:\s*(permessage-deflate.*)$/im.exec(head)?.[1];
  if (answer === undefined) return undefined;
  return Number(/client_max_window_bits=(\d+)/.exec(answer)?.[1] ?? 15);
}

/** Compares the first messages that come back with what was sent. */
export class Judge implements ReplyJudge {
  readonly #expected: readonly Uint8Array[];
  /** What has come, compressed messages as one stream: none refers to those that came plain. */
  readonly #stream: Uint8Array[] = [];
  readonly #plain: [index: number, part: Uint8Array][] = [];
  readonly #compressed: boolean[] = [];
  #first = 0;

  constructor(expected: readonly Uint8Array[]) {
    this.#expected = expected;
  }

  add(first: number, part: Uint8Array): void {
    if (this.#compressed.length === this.#expected.length) return;
    this.#first = first;
    const copy = Uint8Array.from(part);
    if ((first & RSV1) !== 0) this.#stream.push(copy);
    else this.#plain.push([this.#compressed.length, copy]);
  }

  end(): void {
    if (this.#compressed.length === this.#expected.length) return;
    const compressed = (this.#first & RSV1) !== 0;
    this.#compressed.push(compressed);
    if (compressed) this.#stream.push(Uint8Array.of(0, 0, 0xff, 0xff));
  }

  /** @returns bytes compared; throws where something else came than was sent */
  verify(): number {
    const whole = this.#expected.slice(0, this.#compressed.length);
    const wanted = Buffer.concat(whole.filter((_, i) => this.#compressed[i]));
    const options = { finishFlush: constants.Z_SYNC_FLUSH, windowBits: 15 };
    const got = inflateRawSync(Buffer.concat(this.#stream), options).subarray(0, wanted.length);
    if (!got.equals(wanted)) throw new Error("a compressed echo is not what was sent");
    for (const [i, message] of whole.entries()) {
      const parts = this.#plain.filter(([index]) => index === i).map(([, part]) => part);
      if (this.#compressed[i] === false && !Buffer.concat(parts).equals(message)) {
        throw new Error("an echo is not what was sent");
      }
    }
    return whole.reduce((sum, { length }) => sum + length, 0);
  }
}
