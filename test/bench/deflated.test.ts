import { constants, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientWindowBits, Judge, scriptPart, writeScript } from "../../bench/load/deflated.ts";
import { smallMessages } from "../../bench/load/json-messages.ts";
import { ReplyCounter } from "../../bench/load/replies.ts";

const noMask = (target: Uint8Array) => void target.fill(0);

/** First byte and payload of each frame. */
function readFrames(bytes: Uint8Array): [first: number, payload: Buffer][] {
  const frames: [number, Buffer][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at + 1]! & 0x7f;
    frames.push([bytes[at]!, Buffer.from(bytes.subarray(at + 6, at + 6 + length))]);
    at += 6 + length;
  }
  return frames;
}

/** A server's frames. */
function replies(...frames: readonly (readonly [first: number, payload: Uint8Array])[]): Buffer {
  return Buffer.concat(
    frames.map(([first, payload]) => Buffer.from([first, payload.length, ...payload])),
  );
}

describe("a script", () => {
  const messages = smallMessages(40);

  test("is one stream of all messages, from any place in later rounds", () => {
    const script = writeScript(messages, 15, 16, noMask);
    const sent = [];
    for (let at = 0; at < 120; at += 8) sent.push(...readFrames(scriptPart(script, at, 8)));
    expect(sent.every(([first]) => first === 0xc1)).toBe(true);
    const tail = Buffer.from([0, 0, 0xff, 0xff]);
    const stream = Buffer.concat(sent.slice(0, 80).flatMap(([, payload]) => [payload, tail]));
    const content = inflateRawSync(stream, { finishFlush: constants.Z_SYNC_FLUSH });
    expect(content.equals(Buffer.concat([...messages, ...messages]))).toBe(true);
    expect(sent.slice(80)).toEqual(sent.slice(40, 80));
  });

  test("can be plain", () => {
    const [frame] = readFrames(scriptPart(writeScript(messages, undefined, 1, noMask), 0, 1));
    expect(frame).toEqual([0x81, messages[0]]);
  });
});

describe("what comes back", () => {
  const messages = smallMessages(3);
  const compressed = readFrames(writeScript(messages, 15, 1, noMask).bytes).slice(0, 3);
  const stream = replies(compressed[0]!, [0x81, messages[1]!], compressed[1]!);

  test("is counted in any chunking", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: stream.length }), (size) => {
        const counter = new ReplyCounter(undefined);
        for (let at = 0; at < stream.length; at += size) {
          counter.push(stream.subarray(at, at + size));
        }
        expect(counter).toMatchObject({ messages: 3, bytes: stream.length });
      }),
    );
  });

  test("is compared, compressed or plain", () => {
    const judged = (expected: readonly Buffer[]) => {
      const judge = new Judge(expected);
      new ReplyCounter(judge).push(stream);
      return judge.verify();
    };
    const [one, two] = messages as [Buffer, Buffer];
    expect(judged([one, two, two])).toBe(one.length + 2 * two.length);
    expect(() => judged([two, two, two])).toThrow("compressed echo");
    expect(() => judged([one, one, two])).toThrow("not what was sent");
  });

  test("says how large the client's window is", () => {
    const head = (value: string) => `HTTP/1.1 101 \r\nSec-WebSocket-Extensions: ${value}\r\n\r\n`;
    expect(clientWindowBits(head("permessage-deflate"))).toBe(15);
    expect(clientWindowBits(head("permessage-deflate; client_max_window_bits=9"))).toBe(9);
    expect(clientWindowBits("HTTP/1.1 101 \r\n\r\n")).toBeUndefined();
  });
});
