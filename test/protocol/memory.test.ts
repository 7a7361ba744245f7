import { describe, expect, it, vi } from "vitest";
import type { FrameRules } from "../../src/protocol/frame-header.ts";
import { KEEPER, LARGE } from "../../src/protocol/message-memory.ts";
import { Receiver } from "./receiver.ts";

const MEBIBYTE = 1024 * 1024;
const MILLION = 1_000_000;
const NO_LIMITS: Partial<FrameRules> = {
  maxMessageSize: Number.POSITIVE_INFINITY,
  maxFragments: Number.POSITIVE_INFINITY,
};

// Masked continuation frames with the key 0, which unmasking leaves as they are: a chunk can be
// pushed again and again.
const ONE_BYTE = Buffer.from("0081000000005a", "hex");
const EMPTY = Buffer.from("008000000000", "hex");

/** Begins a binary message and sends fragments of it, in chunks of a thousand. */
function sendFragments(receiver: Receiver, fragment: Buffer, count: number): number {
  receiver.push(Buffer.from("028000000000", "hex"));
  const chunk = Buffer.alloc(fragment.length * 1000, fragment);
  for (let sent = 0; sent < count; sent += 1000) {
    try {
      receiver.parser.push(chunk);
    } catch (error) {
      expect(error).toMatchObject({ name: "ProtocolError" });
      return sent;
    }
  }
  return count;
}

/** By how many bytes the process's memory has grown through `action`. */
function growth(action: () => void): number {
  const before = process.memoryUsage();
  action();
  const after = process.memoryUsage();
  return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
}

/** The sizes of the buffers that messages are collected in, while `action` runs. */
function allocations(action: () => void): number[] {
  const spy = vi.spyOn(Buffer, "allocUnsafeSlow");
  try {
    action();
    const sizes = spy.mock.calls.map(([size]) => size);
    // Not the small one behind each large one.
    return sizes.filter((size, i) => !(size === KEEPER && (sizes[i - 1] ?? 0) >= LARGE));
  } finally {
    spy.mockRestore();
  }
}

describe("fragments cost their bytes and no object", () => {
  it.each([
    ["1-byte", ONE_BYTE, MILLION],
    ["empty", EMPTY, 0],
  ])("a million %s fragments, all held", (_, fragment, length) => {
    const receiver = new Receiver("server", NO_LIMITS);
    const sizes: number[] = [];
    receiver.recorder.onBinary = (data) => sizes.push(data.length);
    // An object for each would take 100 MB; the generous rest is garbage not collected yet.
    const grown = growth(() => sendFragments(receiver, fragment, MILLION));
    expect(grown).toBeLessThan(24 * MEBIBYTE);
    receiver.push(Buffer.from("808000000000", "hex"));
    expect(sizes).toEqual([length]);
  });

  it("are collected in a buffer that doubles, never beyond the limit", () => {
    const sizes = allocations(() => {
      const receiver = new Receiver("server", { maxMessageSize: 100_000, maxFragments: MILLION });
      sendFragments(receiver, ONE_BYTE, 100_000);
    });
    expect(sizes).toEqual([1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000]);
  });

  it("stop at the limit of fragments, at the one that is too many", () => {
    for (const [fragment, size] of [
      [EMPTY, 6],
      [ONE_BYTE, 7],
    ] as const) {
      const receiver = new Receiver("server");
      receiver.push(Buffer.from("028000000000", "hex"));
      for (let count = 2; count <= 16_384; count++) receiver.push(fragment);
      expect(() => receiver.push(fragment)).toThrow(/more fragments.*16384/);
      expect(fragment.length).toBe(size);
      expect(sendFragments(new Receiver("server"), fragment, MILLION)).toBe(16_000);
    }
  });

  it("stop at the limit of bytes, at the one that is too many", () => {
    const receiver = new Receiver("server", { ...NO_LIMITS, maxMessageSize: 5000 });
    expect(sendFragments(receiver, ONE_BYTE, 5000)).toBe(5000);
    expect(() => receiver.push(ONE_BYTE)).toThrow(/larger than the limit/);
  });
});

describe("a message costs its bytes", () => {
  // A peer that declared a length and sent nothing had that much memory allocated.
  it("when they arrive, and not when they are declared", () => {
    const receiver = new Receiver("client");
    const declare = () => receiver.push(Buffer.from("827f0000000000100000", "hex"));
    expect(allocations(declare)).toEqual([]);
    const send = (size: number) => () => receiver.push(Buffer.alloc(size));
    // Eight times what has arrived, 128 KiB at most; much more, once half of a read has come.
    expect(allocations(send(1))).toEqual([1024]);
    expect(allocations(send(1023))).toEqual([]);
    expect(allocations(send(1))).toEqual([8200]);
    expect(allocations(send(8191))).toEqual([73_728]);
    expect(allocations(send(MEBIBYTE - 9216))).toEqual([MEBIBYTE]);
    expect(receiver.received.map(([, content]) => (content as string).length / 2)).toEqual([
      MEBIBYTE,
    ]);
  });

  it.each([
    [32_768, [MEBIBYTE]],
    // It ends in the middle of a read, mostly, and begins there.
    [32_767, [131_072, MEBIBYTE]],
    [2000, [16_000, MEBIBYTE]],
  ])("with little to be copied, where %i of them arrive first", (first, expected) => {
    const receiver = new Receiver("client");
    receiver.push(Buffer.from("827f0000000000100000", "hex"));
    const sizes = allocations(() => {
      receiver.push(Buffer.alloc(first));
      for (let left = MEBIBYTE - first; left > 0; left -= 131_072) {
        receiver.push(Buffer.alloc(Math.min(left, 131_072)));
      }
    });
    expect(sizes).toEqual(expected);
  });

  it("and no more, where the last of its fragments declares the rest", () => {
    const receiver = new Receiver("client");
    receiver.push(Buffer.concat([Buffer.from("027e0258", "hex"), Buffer.alloc(600)]));
    const sizes = allocations(() => {
      receiver.push(Buffer.from("807e0258", "hex"));
      receiver.push(Buffer.alloc(600));
    });
    expect(sizes).toEqual([1200]);
  });

  it("of long text only once, for one message after the other", () => {
    const text = Buffer.alloc(MEBIBYTE, "a");
    const fragment = Buffer.alloc(40_000, "a");
    const receiver = new Receiver("client");
    const whole = () => {
      receiver.push(Buffer.from("817f0000000000100000", "hex"));
      for (let at = 0; at < MEBIBYTE; at += 65_536) receiver.push(text.subarray(at, at + 65_536));
    };
    const growing = () => {
      for (const first of ["01", "00", "00", "00", "00", "80"]) {
        receiver.push(Buffer.concat([Buffer.from(`${first}7e9c40`, "hex"), fragment]));
      }
    };
    expect(allocations(whole)).toEqual([MEBIBYTE]);
    expect(allocations(growing)).toEqual([40_000, 80_000, 160_000, 320_000]);
    expect(allocations(whole)).toEqual([]);
    // The first one is too short to be worth it.
    expect(allocations(growing)).toEqual([40_000]);
    expect(receiver.received.map(([, content]) => (content as string).length)).toEqual([
      MEBIBYTE,
      240_000,
      MEBIBYTE,
      240_000,
    ]);
  });

  it("not at all while its declared size is beyond the limit", () => {
    const sizes = allocations(() => {
      const receiver = new Receiver("client");
      expect(() => receiver.push(Buffer.from("827f0000000000100001", "hex"))).toThrow("limit");
      const second = new Receiver("client", { maxMessageSize: 2000 });
      second.push(Buffer.from("027d", "hex"));
      second.push(Buffer.alloc(125));
      expect(() => second.push(Buffer.from("807e0754", "hex"))).toThrow("limit");
    });
    expect(sizes).toEqual([1024]);
  });

  it("and a frame that lies in its chunk costs nothing", () => {
    const sizes = allocations(() => {
      new Receiver("client").push(Buffer.from("82036162638102616289016188020fa0", "hex"));
    });
    expect(sizes).toEqual([]);
  });
});
