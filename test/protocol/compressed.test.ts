import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { maxCompressedSize, RSV1 } from "../../src/protocol/frame-header.ts";
import { FrameParser } from "../../src/protocol/frame-parser.ts";
import { MessageAssembler } from "../../src/protocol/message-assembler.ts";
import { MessageRecorder } from "./receiver.ts";

const LIMIT = 1000;

/** Pushes frames of a server, in chunks of `size` bytes. */
function receive(frames: Buffer, size = frames.length, inParts = false): unknown[] {
  const sink = new MessageRecorder(inParts);
  const rules = { masked: false, reservedBits: RSV1, maxMessageSize: LIMIT, maxFragments: 100 };
  const parser = new FrameParser(rules, new MessageAssembler(LIMIT, sink));
  for (let at = 0; at < frames.length; at += size) {
    parser.push(Buffer.from(frames.subarray(at, at + size)));
  }
  return sink.received;
}

function frame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? [first, length] : [first, 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}

function failure(frames: Buffer): string {
  try {
    receive(frames);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "";
}

describe("RFC 7692 §6: compressed messages", () => {
  test("come whole, unjudged, marked by RSV1 on their first frame, in any chunking", () => {
    const bytes = Buffer.from("ff00fe", "hex");
    const frames = Buffer.concat([
      frame(0xc1, bytes),
      frame(0x81, Buffer.from("plain")),
      frame(0x42, bytes),
      frame(0x89, Buffer.from("ping")),
      frame(0x00, bytes),
      frame(0x80, Buffer.alloc(0)),
      frame(0xc2, Buffer.alloc(0)),
    ]);
    const expected = [
      ["compressed text", "ff00fe"],
      ["text", "plain"],
      ["ping", "70696e67"],
      ["compressed binary", "ff00feff00fe"],
      ["compressed binary", ""],
    ];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: frames.length }), (size) => {
        expect(receive(frames, size)).toEqual(expected);
        // Parts of what is compressed are of no use to anybody.
        expect(receive(frames, size, true)).toEqual(expected);
      }),
    );
  });

  test("have RSV1 on no other frame", () => {
    const first = frame(0x41, Buffer.from("a"));
    expect(failure(Buffer.concat([first, frame(0xc0, Buffer.from("b"))]))).toBe("RESERVED_BITS");
    expect(failure(frame(0xc9, Buffer.from("ping")))).toBe("RESERVED_BITS");
    expect(failure(frame(0xa1, Buffer.from("a")))).toBe("RESERVED_BITS");
    expect(failure(frame(0x91, Buffer.from("a")))).toBe("RESERVED_BITS");
  });

  test("may be a little larger than the limit, other messages may not", () => {
    const most = maxCompressedSize(LIMIT);
    const half = Buffer.alloc(most / 2);
    const rest = Buffer.alloc(most - half.length);
    // Nine bits for each byte, and a kibibyte for the headers of blocks.
    expect(most).toBe(LIMIT + 125 + 1024);
    expect(maxCompressedSize(9)).toBe(9 + 2 + 1024);
    expect(maxCompressedSize(0)).toBe(1024);
    expect(maxCompressedSize(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(failure(frame(0xc2, Buffer.alloc(most)))).toBe("");
    expect(failure(frame(0xc2, Buffer.alloc(most + 1)))).toBe("MESSAGE_TOO_BIG");
    expect(failure(Buffer.concat([frame(0x42, half), frame(0x80, rest)]))).toBe("");
    expect(
      failure(Buffer.concat([frame(0x42, half), frame(0x80, Buffer.alloc(rest.length + 1))])),
    ).toBe("MESSAGE_TOO_BIG");
    expect(failure(frame(0x82, Buffer.alloc(LIMIT)))).toBe("");
    expect(failure(frame(0x82, Buffer.alloc(LIMIT + 1)))).toBe("MESSAGE_TOO_BIG");
    expect(failure(Buffer.concat([frame(0x02, half), frame(0x80, half)]))).toBe("MESSAGE_TOO_BIG");
  });
});
