import { expect, it } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { Inflater } from "../../src/extensions/inflater.ts";

// A message that ends behind the head of a stored block of 9 bytes was received as the 9 bytes that are
// put behind each message for zlib.
it.each([
  ["a final block", [0x01, 9, 0, 0xf6, 0xff]],
  ["a block behind another", [0x00, 1, 0, 0xfe, 0xff, 0x61, 0x01, 9, 0, 0xf6, 0xff]],
])("a compressed message that is cut off in %s is refused", (_, bytes) => {
  const inflater = new Inflater({ windowBits: 15, contextTakeover: true });
  const payload = Buffer.from(bytes);
  expect(() => inflater.inflate(payload, 1000)).toThrow(ProtocolError);
});

it("and one that ends with the same bytes, and is whole, is not", () => {
  const inflater = new Inflater({ windowBits: 15, contextTakeover: true });
  // Stored: 4 bytes that look like that head; the head of the empty block behind it is there.
  const content = Buffer.from([9, 0, 0xf6, 0xff]);
  const whole = Buffer.concat([Buffer.from([0x01, 4, 0, 0xfb, 0xff]), content]);
  expect(inflater.inflate(whole, 1000)).toEqual(content);
});
