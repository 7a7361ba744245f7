import { describe, expect, test } from "vitest";
import { greet, pathOf, wrap } from "../../bench/load/dialect.ts";
import { makeExchange, makePayload } from "../../bench/load/frames.ts";

const frame = (payload: string) => {
  const { length } = payload;
  const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255];
  return String.fromCharCode(...head) + payload;
};

describe("a server that speaks nothing but messages", () => {
  test("is complete behind the head of its response", () => {
    expect(pathOf("plain")).toBe("/");
    expect(greet("plain", "", false)).toBe("complete");
    expect(greet("plain", frame("early"), false)).toBe("incomplete");
    const payload = Buffer.from("hello");
    expect(wrap("plain", payload)).toBe(payload);
  });
});

describe("a server of socket.io", () => {
  const open = frame(`0{"sid":"${"x".repeat(120)}","upgrades":[]}`);
  const connected = frame('40{"sid":"y"}');

  test("is greeted when it has said its first words, once", () => {
    for (let i = 0; i < open.length; i++) {
      expect(greet("socket.io", open.slice(0, i), false)).toBe("incomplete");
    }
    const greeting = greet("socket.io", open, false);
    expect(greeting).toEqual({ answer: Buffer.from("\x81\x82\0\0\0\x0040", "latin1") });
    expect(greet("socket.io", open, true)).toBe("incomplete");
  });

  test("is complete when it has answered", () => {
    expect(greet("socket.io", open + connected.slice(0, -1), true)).toBe("incomplete");
    expect(greet("socket.io", open + connected, true)).toBe("complete");
    expect(greet("socket.io", open + frame('44{"message":"no"}'), true)).toBe("incomplete");
  });

  test("gets events and sends them back as they are", () => {
    const spec = { size: 20, content: "letters", fragments: 1 } as const;
    const partner = { side: "client", mirror: false, dialect: "socket.io" } as const;
    const zeros = (target: Uint8Array) => target.fill(0);
    const { reply, replySize, replyHeader, requestSize } = makeExchange(spec, partner, 0, zeros);
    expect(replyHeader).toBe(2);
    const text = Buffer.from(reply.subarray(2, replySize)).toString();
    expect(text).toBe(`42["message","${"a".repeat(20)}"]`);
    expect(JSON.parse(text.slice(2))).toEqual(["message", "a".repeat(20)]);
    expect(requestSize).toBe(replySize + 4);
  });
});

test("letters are what no protocol writes in another way", () => {
  const every = (target: Uint8Array) => {
    for (let i = 0; i < target.length; i++) target[i] = i;
  };
  const payload = makePayload({ size: 256, content: "letters", fragments: 1 }, every);
  expect(Buffer.from(payload).toString()).toMatch(/^[a-z]{256}$/);
});
