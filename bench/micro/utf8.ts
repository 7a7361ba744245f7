import { bench, do_not_optimize, group, summary } from "mitata";
import { decodeShortUtf8 } from "../../src/protocol/short-utf8.ts";
import { decodeUtf8 } from "../../src/protocol/text.ts";
import { UTF8_COMPLETE, validateUtf8 } from "../../src/protocol/utf8.ts";

/** The one-pass decoder for short text against the native validator and decoder. */
export function utf8Benchmarks(): void {
  for (const size of [16, 64, 128, 256]) {
    for (const character of ["é", "日"]) {
      const bytes = Buffer.from(character.repeat(size / Buffer.byteLength(character)));
      group(`decode ${bytes.length} B of ${character}`, () => {
        summary(() => {
          bench("one pass", () => do_not_optimize(decodeShortUtf8(bytes, 0, bytes.length)));
          bench("native", () => {
            if (validateUtf8(bytes, 0, bytes.length, UTF8_COMPLETE) !== UTF8_COMPLETE) throw bytes;
            do_not_optimize(decodeUtf8(bytes, 0, bytes.length));
          });
        });
      });
    }
  }
  group("validate", () => {
    const text = Buffer.from("aé日😀".repeat(6554));
    bench("64 KiB, mixed", () => validateUtf8(text, 0, text.length, UTF8_COMPLETE));
  });
}
