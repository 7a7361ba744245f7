/**
 * Masking by a WebAssembly kernel with 128-bit vectors. It works on a memory of its own, so bytes
 * are copied there and back; that still beats a loop in JavaScript from some size on, see
 * {@link SIMD_WORTH_IT}.
 */

// Made from mask.wat by `npm run build:mask`; a test compares the two.
const KERNEL =
  "AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBAAEHEQIGbWVtb3J5AgAEbWFzawAACkUBQwIBfwN7IAH9ESEDA0AgAv0ABAAg" +
  "A/1RIQQgAiAE/QsEACAFIAT9UCEFIAJBEGohAiACIABJDQALQYABQQAgBf1kGws=";

/** Bytes of the kernel's memory: one page. */
const BLOCK = 64 * 1024;

/** The part of WebAssembly that is used here; the types of Node 20 leave it out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> };
}

declare const WebAssembly: WebAssemblyApi;

interface Kernel {
  /** Masks the first `end` bytes of {@link memory}, a multiple of 16. */
  mask(end: number, key: number): number;
  readonly memory: Uint8Array;
}

const kernel = instantiate();

/**
 * From this many bytes on the kernel is faster than a loop over the bytes; `Infinity` where it does
 * not run. Where the border lies: `npm run bench:micro`.
 */
export const SIMD_WORTH_IT = kernel === undefined ? Number.POSITIVE_INFINITY : 256;

/**
 * XORs as many bytes of `bytes[start, end)` as make up whole blocks of 16, in place.
 *
 * @returns 0x80 if any resulting byte has its highest bit set, otherwise 0
 */
export function maskBySimd(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (kernel === undefined) throw new Error("WebAssembly SIMD is not available");
  const { memory } = kernel;
  let seen = 0;
  for (let at = start; end - at >= 16; ) {
    const length = Math.min(end - at, BLOCK) & ~15;
    memory.set(bytes.subarray(at, at + length));
    seen |= kernel.mask(length, key);
    bytes.set(length === BLOCK ? memory : memory.subarray(0, length), at);
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
    return { memory: new Uint8Array(buffer), mask: mask as Kernel["mask"] };
  } catch {
    return undefined;
  }
}
