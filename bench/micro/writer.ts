import { bench, group } from "mitata";
import { randomKey } from "../../src/connection/sending/random.ts";
import { firstByte, writeFrame, writeTextFrame } from "../../src/protocol/frame-writer.ts";
import { Opcode } from "../../src/protocol/opcode.ts";

const slab = Buffer.allocUnsafeSlow(128 * 1024);
const BINARY = firstByte(Opcode.binary);
const TEXT = firstByte(Opcode.text);

/** One frame into a slab, as a server and as a client write it. */
export function writerBenchmarks(): void {
  group("write a frame", () => {
    for (const size of [16, 64, 1024, 16_384]) {
      const payload = Buffer.alloc(size, 3);
      bench(`${size} B binary`, () => writeFrame(slab, 0, BINARY, payload, undefined));
      bench(`${size} B binary, masked`, () => writeFrame(slab, 0, BINARY, payload, randomKey));
    }
    for (const [name, text] of [
      ["ASCII", "a".repeat(64)],
      ["two bytes each", "é".repeat(32)],
    ] as const) {
      bench(`64 B text, ${name}`, () => writeTextFrame(slab, 0, TEXT, text, undefined));
    }
  });
}
