import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeHttp2Frame,
  type Http2Frame,
  Http2FrameReader,
  padded,
  withoutPadding,
} from "../../src/conformance/http2/frame.ts";
import { encodeFields, FieldDecoder } from "../../src/conformance/http2/hpack.ts";
import { decodeHuffman } from "../../src/conformance/http2/huffman.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));
const latin1 = bytes(300).map((data) => data.toString("latin1"));

describe("frames of HTTP/2", () => {
  const frames = fc.array(
    fc.record({
      type: fc.nat(255),
      flags: fc.nat(255),
      stream: fc.nat(2 ** 31 - 1),
      payload: bytes(100),
    }),
    { maxLength: 10 },
  );

  it("are read as they were written, in any chunks", () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 50 }), (list, size) => {
        const seen: Http2Frame[] = [];
        const reader = new Http2FrameReader((frame) => seen.push(frame));
        const stream = Buffer.concat(list.map((frame) => encodeHttp2Frame(frame)));
        for (let i = 0; i < stream.length; i += size) reader.feed(stream.subarray(i, i + size));
        expect(seen).toEqual(list);
      }),
    );
  });

  it("are not read when they are too long", () => {
    const reader = new Http2FrameReader(() => expect.fail("a frame was read"));
    reader.feed(hex("004001 00 00 00000001"));
    expect(reader.tooLong).toBe(16_385);
  });

  it("lose their padding, and nothing else", () => {
    fc.assert(
      fc.property(bytes(50), fc.nat(255), (data, padding) => {
        const frame = { type: 0, flags: 8, stream: 1, payload: padded(data, padding) };
        expect(withoutPadding(frame)).toEqual(data);
      }),
    );
    const short = { type: 0, flags: 8, stream: 1, payload: Buffer.from([3, 0, 0]) };
    expect(withoutPadding(short)).toBe(undefined);
    expect(withoutPadding({ ...short, payload: Buffer.alloc(0) })).toBe(undefined);
  });
});

describe("HPACK", () => {
  it("reads the fields that were written", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(latin1, latin1), { maxLength: 5 }), (fields) => {
        expect(new FieldDecoder().decode(encodeFields(fields))).toEqual(fields);
      }),
    );
  });

  it("reads the three requests of RFC 7541 C.4 on one connection", () => {
    const decoder = new FieldDecoder();
    const first = [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ];
    expect(decoder.decode(hex("828684418cf1e3c2e5f23a6ba0ab90f4ff"))).toEqual(first);
    const second = [...first, ["cache-control", "no-cache"]];
    expect(decoder.decode(hex("828684be5886a8eb10649cbf"))).toEqual(second);
    expect(decoder.decode(hex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"))).toEqual([
      [":method", "GET"],
      [":scheme", "https"],
      [":path", "/index.html"],
      [":authority", "www.example.com"],
      ["custom-key", "custom-value"],
    ]);
  });

  it("forgets what a smaller table has no room for", () => {
    const decoder = new FieldDecoder();
    decoder.decode(hex("4001610162"));
    expect(decoder.decode(hex("be"))).toEqual([["a", "b"]]);
    expect(() => decoder.decode(hex("20be"))).toThrow(RangeError);
  });

  it.each([
    ["an index of 0", "80"],
    ["an index past the tables", "ff00"],
    ["a string that is cut off", "000561"],
    ["an integer without end", "ffffffffffffffffff"],
    ["a table over the limit", "3fe2 1f"],
    ["bad padding of a Huffman code", "00 8100 00"],
    ["the end symbol in a Huffman code", "00 84ffffffff 00"],
  ])("refuses %s", (_name, block) => {
    expect(() => new FieldDecoder().decode(hex(block))).toThrow(RangeError);
  });

  it("reads or refuses anything", () => {
    fc.assert(
      fc.property(bytes(60), (block) => {
        for (const read of [() => new FieldDecoder().decode(block), () => decodeHuffman(block)]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
