import { bench, do_not_optimize, group, summary } from "mitata";
import { decodeAscii, encodeAscii, encodeUtf8 } from "../../src/protocol/text.ts";

interface RangedBuffer extends Buffer {
  latin1Write(text: string, offset: number, length: number): number;
  utf8Write(text: string, offset: number, length: number): number;
}

const MOST = 2 ** 20;
const SIZES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, MOST];
/** Three bytes for each unit of the longest text, as the library makes room for. */
const target = Buffer.allocUnsafeSlow(3 * MOST + 16) as RangedBuffer;
const encoder = new TextEncoder();

/** Where the text goes: behind a header. */
const OFFSET = 14;

/** Ways to write text that is ASCII, as it comes from the decoder: where it is not, each says so. */
export function encodeBenchmarks(): void {
  for (const size of SIZES) {
    const text = decodeAscii(Buffer.alloc(size, "ordinary text "), 0, size);
    group(`encode ${size} B of ASCII`, () => {
      summary(() => {
        bench("utf8Write", () => do_not_optimize(encodeUtf8(target, OFFSET, text)));
        bench("utf8Write, room for a byte each", () =>
          do_not_optimize(target.utf8Write(text, OFFSET, text.length)),
        );
        bench("encodeInto, a view as long", () =>
          do_not_optimize(encodeAscii(target, OFFSET, text)),
        );
        bench("encodeInto, the view there is", () =>
          do_not_optimize(encoder.encodeInto(text, target)),
        );
        bench("byteLength, then latin1Write", () => do_not_optimize(byLength(text)));
        bench("a regular expression, then latin1Write", () => do_not_optimize(byPattern(text)));
      });
    });
  }
}

function byLength(text: string): boolean {
  if (Buffer.byteLength(text) !== text.length) return false;
  target.latin1Write(text, OFFSET, text.length);
  return true;
}

const ASCII = /^[\0-\x7f]*$/;

function byPattern(text: string): boolean {
  if (!ASCII.test(text)) return false;
  target.latin1Write(text, OFFSET, text.length);
  return true;
}
