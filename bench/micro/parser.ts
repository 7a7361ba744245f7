import { bench, do_not_optimize, group } from "mitata";
import type { FrameRules } from "../../src/protocol/frame-header.ts";
import { FrameParser } from "../../src/protocol/frame-parser.ts";
import { firstByte, writeFrame } from "../../src/protocol/frame-writer.ts";
import { sharedChunk } from "../../src/protocol/masking/mask-simd.ts";
import { MessageAssembler } from "../../src/protocol/message-assembler.ts";
import { Opcode } from "../../src/protocol/opcode.ts";

const CHUNK = 64 * 1024;
const MAX = 16 * 1024 * 1024;
const rules: FrameRules = { masked: true, reservedBits: 0, maxMessageSize: MAX, maxFragments: 1e6 };
const nothing = () => {};

/** Chunks of whole masked frames, copied to where sockets read to, through parser and assembler. */
export function parserBenchmarks(): void {
  group("a 64 KiB chunk of frames to messages", () => {
    for (const size of [16, 64, 1024, 16_000]) {
      registerChunk(`${size} B binary`, Opcode.binary, Buffer.alloc(size, 3));
    }
    registerChunk("64 B text, ASCII", Opcode.text, Buffer.alloc(64, "a"));
    registerChunk("64 B text, two bytes each", Opcode.text, Buffer.alloc(64, "é"));
  });
}

function registerChunk(name: string, opcode: Opcode, payload: Buffer): void {
  const frame = Buffer.alloc(payload.length + 14);
  // With a key of zero a chunk can be parsed again and again: unmasking leaves it as it is.
  const length = writeFrame(frame, 0, firstByte(opcode), payload, () => 0);
  const count = Math.floor(CHUNK / length);
  const chunk = Buffer.concat(Array.from({ length: count }, () => frame.subarray(0, length)));
  const sink = {
    onText: do_not_optimize,
    onBinary: do_not_optimize,
    onBegin: () => false,
    onCompressed: nothing,
    onPart: nothing,
    onEndOfParts: nothing,
    onPing: nothing,
    onPong: nothing,
    onClose: nothing,
  };
  const parser = new FrameParser(rules, new MessageAssembler(MAX, sink));
  bench(`${name}, ${count} messages`, () => {
    sharedChunk?.set(chunk);
    parser.push(sharedChunk ?? chunk, 0, chunk.length);
  });
}
