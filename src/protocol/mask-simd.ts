/**
 * Masking by a WebAssembly kernel with 128-bit vectors. It works on a memory of its own. The chunks
 * that sockets read into {@link sharedChunk} lie there already; other bytes are copied there and
 * back, which still beats a loop in JavaScript from some size on, see {@link SIMD_WORTH_IT}.
 */

// Made from mask.wat by `npm run build:mask`; a test compares the two.
const KERNEL =
  "AGFzbQEAAAABCAFgA39/fwF/AwIBAAUEAQECAgcRAgZtZW1vcnkCAARtYXNrAAAKwgEBvwECA3sCfyAC/REhAwJAA0AgAE" +
  "EQaiABSw0BIAD9AAQAIAP9USEEIAAgBP0LBAAgBSAE/VAhBSAAQRBqIQAMAAsLAkADQCAAQQRqIAFLDQEgACgCACACcyEG" +
  "IAAgBjYCACAHIAZyIQcgAEEEaiEADAALCwJAA0AgACABTw0BIAAtAAAgAkH/AXFzIQYgACAGOgAAIAcgBnIhByACQQh2IQ" +
  "IgAEEBaiEADAALC0GAAUEAIAX9ZCAHQYCBgoR4cXIbCw==";

/** Bytes of the kernel's first page, where bytes from elsewhere are copied to. */
const BLOCK = 64 * 1024;

/** The most bytes that one read of a socket puts into {@link sharedChunk}, as node:net has it. */
const CHUNK = 64 * 1024;

/** The part of WebAssembly that is used here; the types of Node 20 leave it out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> };
}

declare const WebAssembly: WebAssemblyApi;

interface Kernel {
  /** Masks the bytes of {@link memory} from `at` up to `end`. */
  mask(at: number, end: number, key: number): number;
  readonly memory: ArrayBuffer;
}

const kernel = instantiate();
const block = kernel && new Uint8Array(kernel.memory, 0, BLOCK);

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
    const { memory, mask } = new WebAssembly.Instance(module).exports;
    const { buffer } = memory as { buffer: ArrayBuffer };
    return { memory: buffer, mask: mask as Kernel["mask"] };
  } catch {
    return undefined;
  }
}
