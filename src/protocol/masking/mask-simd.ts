/**
 * Masking by a WebAssembly kernel with 128-bit vectors. It works on a memory of its own. The chunks
 * that sockets read into {@link sharedChunk} lie there already; other bytes are copied there and
 * back, which still beats a loop in JavaScript from some size on, see {@link SIMD_WORTH_IT}.
 */

// Made from mask.wat by `npm run build:mask`; a test compares the two.
const KERNEL =
  "AGFzbQEAAAABGANgA39/fwF/YAN/f38AYAd/f39/f39/AAMFBAAAAQIFBAEBBAQHMgQGbWVtb3J5AgAEbWFzawAADHVubWFz" +
  "a0ZyYW1lcwABD2dhdGhlckZyYWdtZW50cwADCuEEBL8BAgN7An8gAv0RIQMCQANAIABBEGogAUsNASAA/QAEACAD/VEhBCAA" +
  "IAT9CwQAIAUgBP1QIQUgAEEQaiEADAALCwJAA0AgAEEEaiABSw0BIAAoAgAgAnMhBiAAIAY2AgAgByAGciEHIABBBGohAAwA" +
  "CwsCQANAIAAgAU8NASAALQAAIAJB/wFxcyEGIAAgBjoAACAHIAZyIQcgAkEIdiECIABBAWohAAwACwtBgAFBACAF/WQgB0GA" +
  "gYKEeHFyGwuEAQECfwJAA0AgAEEGaiEEIAQgAUsNASAALQABQYABcyEDIANB/QBLBEAgA0H+AEcNAiAALQACQQh0IAAtAANy" +
  "IQMgAEEIaiEECyAEIANqIAFLDQEgBCADaiEAIAIgBCAAIARBBGsoAgAQADoAACAEQQRrQQA2AgAgAkEBaiECDAALCyAAC1UA" +
  "AkADQCABQRBqIAJLDQEgACAB/QAEAP0LBAAgAEEQaiEAIAFBEGohAQwACwsCQANAIAEgAk8NASAAIAEtAAA6AAAgAEEBaiEA" +
  "IAFBAWohAQwACwsLwQEBBX8CQANAIAogBE8NASAAQQZqIQkgCSABSw0BIAAtAAAhByAHQf8AcQ0BIAAtAAFB/wBxIQggCEH9" +
  "AEsEQCAALQACQQh0IAAtAANyIQggCEH+AEkNAiAAQQhqIQkLIAggA0sNASADIAhrIQMgCSAIaiEAIAIgCSAAEAIgAiAIaiEC" +
  "IAsgBSAKai0AAHIhCyAKQQFqIQogB0UNACALQQFyIQsLCyAGIAA2AgAgBiACNgIEIAYgCjYCCCAGIAs2AgwL";

/** Bytes of the kernel's first page, where bytes from elsewhere are copied to. */
const BLOCK = 64 * 1024;

/**
 * Bytes of the two pages behind it, {@link sharedChunk}: the most that one read of a socket takes.
 * Twice as much as node:net reads: four pipelined messages of 16 KiB fit, which saves a tenth
 * (`npm run bench -- --scenario pipelined-16k`); with 256 KiB messages of 1 MiB became slower.
 */
const CHUNK = 128 * 1024;

/** The part of WebAssembly that is used here; the types of Node 20 leave it out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> };
}

declare const WebAssembly: WebAssemblyApi;

interface Kernel {
  /** Masks the bytes of {@link memory} from `at` up to `end`. */
  mask(at: number, end: number, key: number): number;
  unmaskFrames(at: number, end: number, seen: number): number;
  gatherFragments(
    at: number,
    end: number,
    dest: number,
    room: number,
    most: number,
    seen: number,
    result: number,
  ): void;
  readonly memory: ArrayBuffer;
}

const kernel = instantiate();
const block = kernel && new Uint8Array(kernel.memory, 0, BLOCK);

/** What `unmaskFrames` has seen, a byte for each frame. A frame of a client has at least 6 bytes. */
const seenInFrames = new Uint8Array(
  kernel?.memory ?? new ArrayBuffer(0),
  kernel ? BLOCK + CHUNK : 0,
);
let frame = 0;

/** Behind them, at the end of the memory: what `gatherFragments` returns. */
const RESULT = 4 * 64 * 1024 - 16;
const result = new Int32Array(kernel?.memory ?? new ArrayBuffer(16), kernel ? RESULT : 0, 4);

/**
 * Memory for one chunk, which all sockets may read into one after the other, since each chunk is
 * parsed before the next one is read. What is to outlive that must be copied. 64 bytes are unmasked
 * here in 10 ns, by the loop in 40 (`npm run bench:micro -- mask`).
 *
 * Undefined where the kernel does not run.
 */
export const sharedChunk = kernel && Buffer.from(kernel.memory, BLOCK, CHUNK);

/**
 * From this many bytes on the kernel is faster than a loop over bytes that have to be copied;
 * `Infinity` where it does not run. Where the border lies: `npm run bench:micro -- mask`.
 */
export const SIMD_WORTH_IT = kernel === undefined ? Number.POSITIVE_INFINITY : 256;

/**
 * XORs {@link sharedChunk} in place from `start` up to `end`.
 *
 * @returns 0x80 if any resulting byte has its highest bit set, otherwise 0
 */
export function maskSharedChunk(start: number, end: number, key: number): number {
  return kernel!.mask(BLOCK + start, BLOCK + end, key);
}

/**
 * Unmasks all the frames that lie complete in {@link sharedChunk} between `start` and `end`, up to the
 * first that is no masked frame with a length of at most 16 bits, and sets their keys to zero. One
 * call for the 60 frames of a chunk instead of 60 calls, and from then on the chunk can be copied as
 * a whole.
 *
 * @returns the offset behind the last of them, `start` if there is none. {@link seenInNextFrame}
 * speaks of them from then on
 */
export function unmaskFrames(start: number, end: number): number {
  frame = 0;
  return kernel!.unmaskFrames(BLOCK + start, BLOCK + end, BLOCK + CHUNK) - BLOCK;
}

/** 0x80 if any byte of the next of these frames has its highest bit set, otherwise 0. */
export function seenInNextFrame(): number {
  return seenInFrames[frame++]!;
}

/** What {@link gatherFragments} has moved together. */
export interface GatheredFragments {
  /** The offset behind the last frame. */
  readonly at: number;
  /** The offset behind the payload of all of them. */
  readonly to: number;
  /** How many frames they were. */
  readonly count: number;
  /** 0x80 if any byte of them has its highest bit set, otherwise 0. */
  readonly seen: number;
  /** Whether the message ends with them. */
  readonly fin: boolean;
}

/**
 * Moves fragments behind their predecessor in {@link sharedChunk}, whose payload ends at `at`, as does its frame:
 * continuation frames that {@link unmaskFrames} has unmasked up to `end`. Eight of 128 bytes are one stretch after
 * one call, where eight copies and deliveries took three times as long (`npm run bench:micro -- parser`).
 * {@link seenInNextFrame} speaks of the frames behind them from then on.
 *
 * @param room bytes that may be added to the message
 * @param most frames that may
 * @returns undefined if there is none that can be moved: the end, another kind of frame, a breach
 */
export function gatherFragments(
  at: number,
  end: number,
  room: number,
  most: number,
): GatheredFragments | undefined {
  kernel!.gatherFragments(
    BLOCK + at,
    BLOCK + end,
    BLOCK + at,
    Math.min(room, CHUNK),
    Math.min(most, CHUNK),
    BLOCK + CHUNK + frame,
    RESULT,
  );
  const count = result[2]!;
  if (count === 0) return undefined;
  frame += count;
  const flags = result[3]!;
  return {
    at: result[0]! - BLOCK,
    to: result[1]! - BLOCK,
    count,
    seen: flags & 0x80,
    fin: (flags & 1) !== 0,
  };
}

/**
 * XORs `bytes[start, end)` in place.
 *
 * @returns 0x80 if any resulting byte has its highest bit set, otherwise 0
 */
export function maskBySimd(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (kernel === undefined || block === undefined) throw new Error("no WebAssembly SIMD here");
  let seen = 0;
  // Whole blocks leave the key where it was.
  for (let at = start; at < end; ) {
    const length = Math.min(end - at, BLOCK);
    block.set(bytes.subarray(at, at + length));
    seen |= kernel.mask(0, length, key);
    bytes.set(length === BLOCK ? block : block.subarray(0, length), at);
    at += length;
  }
  return seen;
}

/** The kernel, or undefined where WebAssembly or its vectors are missing or forbidden. */
function instantiate(): Kernel | undefined {
  try {
    const module = new WebAssembly.Module(Buffer.from(KERNEL, "base64"));
    const { memory, ...functions } = new WebAssembly.Instance(module).exports;
    const { buffer } = memory as { buffer: ArrayBuffer };
    return { memory: buffer, ...functions } as Kernel;
  } catch {
    return undefined;
  }
}
