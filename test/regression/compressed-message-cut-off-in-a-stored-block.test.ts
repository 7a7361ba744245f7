import { constants, deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { Inflater } from "../../src/extensions/inflater.ts";

/** What is put behind each message for zlib. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);

function inflate(payload: Buffer): Buffer {
  const inflater = new Inflater({ windowBits: 15, contextTakeover: true });
  return Buffer.from(inflater.inflate(payload, 1000));
}

/** A final stored block of `length` bytes (RFC 1951 §3.2.4), of which those of `content` are there. */
function stored(length: number, content: string): Buffer {
  const head = Buffer.from([1, length, 0, length ^ 0xff, 0xff]);
  return Buffer.concat([head, Buffer.from(content)]);
}

// A message that lacked the last 9 bytes of such a block was received with the 9 bytes in their place that
// are put behind each message for zlib.
it("a compressed message that is cut off in a stored block is refused", () => {
  for (let missing = 5; missing < 20; missing++) {
    const content = "a".repeat(20 - missing);
    expect(() => inflate(stored(20, content)), `${missing} missing`).toThrow(ProtocolError);
  }
  expect(() => inflate(stored(9, ""))).toThrow(ProtocolError);
});

it("and one that ends with the same bytes, and is whole, is not", () => {
  const content = Buffer.concat([Buffer.from("a message and "), TAIL]);
  for (const level of [0, 6]) {
    const options = { level, finishFlush: constants.Z_SYNC_FLUSH };
    expect(inflate(deflateRawSync(content, options).subarray(0, -4))).toEqual(content);
    expect(inflate(deflateRawSync(content, { level }))).toEqual(content);
  }
});
