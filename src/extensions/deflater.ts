import { constants, deflateRawSync, type ZlibOptions } from "node:zlib";
import { DeflateWindow } from "./deflate-window.ts";
import type { DeflateDirection } from "./permessage-deflate.ts";
import { SHORT_MESSAGE, ShortDeflater } from "./short-deflater.ts";

/** How hard zlib tries. */
export interface DeflateEffort {
  /** 0 (stored) to 9 (smallest). */
  readonly level: number;
  /** 1 (least memory) to 9. */
  readonly memLevel: number;
}

/** Bytes of the empty block that ends a flush: 00 00 ff ff. */
const TAIL_LENGTH = 4;

/**
 * How far back a message may refer that zlib compresses: this many bytes, and so many times its own
 * length where that is more. zlib reads all of the dictionary before each message, at some 2 ns a
 * byte (docs/compression.md).
 */
const LEAST_REACH = 8 * 1024;
const REACH_FACTOR = 32;

/**
 * What a window must have room for, so that half of it is there for a short message to refer to
 * while that is being written.
 */
const ROOM = 2 * SHORT_MESSAGE;

/** The most bytes of output that zlib is given room for at a time. */
const LARGEST_CHUNK = 256 * 1024;

/**
 * The sending side of RFC 7692 §7.2.1: messages, or fragments of them, to the payloads of
 * compressed frames. Between two calls it holds nothing but the window, and the table of the
 * compressor of short messages.
 *
 * A message is compressed either here, by {@link deflate}, or elsewhere with {@link options} and
 * {@link accept}.
 */
export class Deflater {
  /** Base-2 logarithm of the window in bytes. */
  readonly windowBits: number;
  readonly #contextTakeover: boolean;
  readonly #effort: DeflateEffort;
  readonly #window: DeflateWindow;
  /** Made for the first short message. */
  #short: ShortDeflater | undefined;

  constructor({ windowBits, contextTakeover }: DeflateDirection, effort: DeflateEffort) {
    this.windowBits = windowBits;
    this.#contextTakeover = contextTakeover;
    this.#effort = effort;
    this.#window = new DeflateWindow(windowBits, contextTakeover ? ROOM : 0);
  }

  /**
   * What zlib is to be told about `length` bytes that are sent next.
   *
   * @param lent see {@link DeflateWindow.tail}
   */
  options(length: number, lent = false): ZlibOptions {
    const reach = Math.max(LEAST_REACH, REACH_FACTOR * length);
    // A smaller window than agreed upon is always right: it only leaves out matches.
    const bits = Math.min(this.windowBits, Math.ceil(Math.log2(reach)));
    return deflateOptions(length, bits, this.#effort, this.#window.tail(1 << bits, lent));
  }

  /**
   * The payload of the frame for what zlib has made of a fragment.
   *
   * @param fin whether the message ends with it
   */
  payload(deflated: Buffer, fin: boolean): Buffer {
    // §7.2.1: the tail is taken off at the end of the message. Between its fragments it stays:
    // it is part of the message's data there.
    return fin ? deflated.subarray(0, deflated.length - TAIL_LENGTH) : deflated;
  }

  /**
   * Compresses a message, to which the next ones refer from then on if there is takeover.
   *
   * @returns the payload, overwritten by the next call of any deflater; undefined if it would be no
   * shorter, and the message is to be sent as it is
   * @throws the errors of zlib, which is out of memory
   */
  deflate(data: Uint8Array): Buffer | undefined {
    if (data.length > SHORT_MESSAGE) {
      return this.accept(data, deflateRawSync(data, this.options(data.length, true)));
    }
    if (this.#contextTakeover) {
      this.#short ??= new ShortDeflater(this.#window, this.#effort.level);
      return this.#short.deflate(data);
    }
    const [window, short] = sharedDeflater(this.windowBits, this.#effort.level);
    const payload = short.deflate(data);
    window.length = 0;
    return payload;
  }

  /** Takes what zlib has made of a message; otherwise as {@link deflate}. */
  accept(data: Uint8Array, deflated: Buffer): Buffer | undefined {
    const payload = this.payload(deflated, true);
    if (payload.length >= data.length) return undefined;
    this.remember(data);
    return payload;
  }

  /** `data` was sent compressed, and can be referred to from now on if there is takeover. */
  remember(data: Uint8Array): void {
    if (!this.#contextTakeover) return;
    this.#window.add(data);
    this.#short?.add(data);
  }

  /** The same for a fragment: the next one of its message can always refer to it. */
  rememberFragment(data: Uint8Array, fin: boolean): void {
    this.#window.add(data);
    // §7.1.1: without takeover each message begins with an empty window.
    if (!this.#contextTakeover && fin) this.#window.clear();
    else this.#short?.add(data);
  }
}

type SharedDeflater = readonly [window: DeflateWindow, short: ShortDeflater];

const sharedDeflaters = new Map<number, SharedDeflater>();

/** Without takeover nothing belongs to a connection between two messages, so one does for all. */
function sharedDeflater(windowBits: number, level: number): SharedDeflater {
  const key = windowBits * 16 + level;
  let shared = sharedDeflaters.get(key);
  if (shared === undefined) {
    const window = new DeflateWindow(windowBits, ROOM);
    shared = [window, new ShortDeflater(window, level)];
    sharedDeflaters.set(key, shared);
  }
  return shared;
}

/** What zlib is to be told about `length` bytes. */
function deflateOptions(
  length: number,
  windowBits: number,
  { level, memLevel }: DeflateEffort,
  dictionary: Buffer | undefined,
): ZlibOptions {
  const options: ZlibOptions = {
    // zlib makes no raw deflate stream with 8 bits. With 9 it refers back 512 - 262 = 250 bytes at
    // most (its look-ahead is kept free), which a window of 256 bytes holds.
    windowBits: Math.max(9, windowBits),
    level,
    memLevel,
    finishFlush: constants.Z_SYNC_FLUSH,
    // Room for the whole output in nearly every case, less on the thread pool; below 4 KiB Node takes
    // it from its pool of buffers.
    chunkSize: Math.min(length + (length >> 3) + 64, LARGEST_CHUNK),
  };
  if (dictionary !== undefined) options.dictionary = dictionary;
  return options;
}
