import { describe, expect, it, vi } from "vitest";
import { bytes, failureByteByByte, protocolError, Receiver, receive } from "./receiver.ts";
import { isStartOfText } from "./utf8-oracle.ts";

/** An unmasked frame of less than 126 bytes. */
function shortFrame(first: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([first, payload.length]), payload]);
}

describe("messages", () => {
  it("come whole, of any number of fragments", () => {
    const input = bytes("01 01 61 00 00 00 02 6263 80 01 64 02 01 01 00 01 02 80 00");
    expect(receive("client", input)).toEqual([
      ["text", "abcd"],
      ["binary", "0102"],
    ]);
  });

  it("may be empty, in one fragment or several", () => {
    expect(receive("client", bytes("81 00 82 00 01 00 80 00 02 00 00 00 80 00"))).toEqual([
      ["text", ""],
      ["binary", ""],
      ["text", ""],
      ["binary", ""],
    ]);
  });

  it("have control frames between their fragments (§5.4)", () => {
    const input = bytes("01 02 c3a9 89 01 aa 00 01 e2 8a 01 bb 89 00 80 02 82ac 81 01 7a");
    expect(receive("client", input)).toEqual([
      ["ping", "aa"],
      ["pong", "bb"],
      ["ping", ""],
      ["text", "é€"],
      ["text", "z"],
    ]);
  });

  it("that follow each other share nothing", () => {
    const receiver = new Receiver("client");
    for (const hex of ["01 02 61c3", "80 01 a9", "01 01 62", "80 01 63"]) receiver.push(bytes(hex));
    expect(receiver.received).toEqual([
      ["text", "aé"],
      ["text", "bc"],
    ]);
  });

  it("are announced when they are not there as a whole, and only then", () => {
    const receiver = new Receiver("client");
    receiver.push(bytes("81 01 61 82 00 89 00"));
    expect(receiver.recorder.begun).toBe(0);
    receiver.push(bytes("81 02 61"));
    expect(receiver.recorder.begun).toBe(1);
    receiver.push(bytes("62 01 00"));
    expect(receiver.recorder.begun).toBe(2);
    receiver.push(bytes("00 00 80 00"));
    expect(receiver.recorder.begun).toBe(2);
  });

  it("keep a byte order mark", () => {
    expect(receive("client", bytes("81 04 efbbbf61"))).toEqual([["text", "\ufeffa"]]);
    const inParts = new Receiver("client", {}, true);
    inParts.push(bytes("01 03 efbbbf 80 01 61"));
    expect(inParts.received).toEqual([["text", "\ufeffa"]]);
  });
});

describe("messages in parts", () => {
  it("come as they arrive, text never cutting a character", () => {
    const receiver = new Receiver("client", {}, true);
    const frame = shortFrame(0x81, Buffer.from("a€😀é"));
    for (let i = 0; i < frame.length; i++) receiver.push(frame.subarray(i, i + 1));
    expect(receiver.recorder.parts).toEqual(["a", "€", "😀", "é"]);
    expect(receiver.received).toEqual([["text", "a€😀é"]]);
  });

  it("come across fragments and control frames, with no empty part", () => {
    const receiver = new Receiver("client", {}, true);
    receiver.push(bytes("01 00 00 01 e2 89 01 aa 00 02 82ac 80 00 02 01 ff 80 00"));
    expect(receiver.recorder.parts).toEqual(["€", "ff"]);
    expect(receiver.received).toEqual([
      ["ping", "aa"],
      ["text", "€"],
      ["binary", "ff"],
    ]);
  });

  it("are given before the frame ends", () => {
    const receiver = new Receiver("client", {}, true);
    receiver.push(bytes("82 7e 0100 0102"));
    expect(receiver.recorder.parts).toEqual(["0102"]);
    expect(receiver.received).toEqual([]);
  });

  it("are not held: nothing is allocated but each part", () => {
    const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
    try {
      const receiver = new Receiver("client", {}, true);
      receiver.push(bytes("82 7f 0000000000100000"));
      for (let i = 0; i < 16; i++) receiver.push(Buffer.alloc(65_536, i));
      expect(receiver.received[0]?.[0]).toBe("binary");
      expect(Math.max(...allocate.mock.calls.map(([size]) => size))).toBe(65_536);
    } finally {
      allocate.mockRestore();
    }
  });
});

describe("control frames", () => {
  it("may come in pieces", () => {
    const receiver = new Receiver("client");
    for (const byte of bytes("89 02 aabb 89 02 ccdd")) receiver.push(Uint8Array.of(byte));
    expect(receiver.received).toEqual([
      ["ping", "aabb"],
      ["ping", "ccdd"],
    ]);
  });

  it("close without a code, with one, with a reason (§5.5.1)", () => {
    expect(receive("client", bytes("88 00"))).toEqual([["close", 1005, ""]]);
    expect(receive("client", bytes("88 02 03e8"))).toEqual([["close", 1000, ""]]);
    expect(receive("client", bytes("88 05 0fa0 e282ac"))).toEqual([["close", 4000, "€"]]);
    const longest = shortFrame(0x88, Buffer.concat([bytes("03e9"), Buffer.alloc(123, "x")]));
    expect(receive("client", longest)).toEqual([["close", 1001, "x".repeat(123)]]);
  });
});

describe("text is judged while it arrives (§8.1)", () => {
  // Valid and broken in many ways; the oracle says at which byte, if any.
  const TEXTS = [
    "cebae1bdb9cf83cebcceb5",
    "cebae1bdb9cf83cebcceb5 eda080 656469746564",
    "f09f9880 f4908080",
    "e0a080 e09f80",
    "c080",
    "41 f8888080",
    "e2 28 a1",
    "e282 28",
    "41 80 41",
    "f0288cbc",
    "efbbbf efbfbf f48fbfbf",
    "f5",
  ].map(bytes);

  function firstInvalid(text: Uint8Array): number | undefined {
    for (let end = 1; end <= text.length; end++) {
      if (!isStartOfText(text.subarray(0, end))) return end;
    }
    return undefined;
  }

  it.each(TEXTS.map((text) => ({ hex: text.toString("hex"), text })))(
    "$hex, in one frame and cut into fragments anywhere",
    ({ text }) => {
      const invalid = firstInvalid(text);
      // More is announced than comes: that the frame is not complete must not matter.
      const oneFrame = Buffer.concat([Buffer.from([0x81, text.length + 9]), text]);
      const failure = failureByteByByte(new Receiver("client"), oneFrame);
      expect(failure?.at).toBe(invalid === undefined ? undefined : 2 + invalid);
      for (let cut = 0; cut <= text.length; cut++) {
        const fragments = Buffer.concat([
          shortFrame(0x01, text.subarray(0, cut)),
          Buffer.from([0x00, text.length - cut + 9]),
          text.subarray(cut),
        ]);
        const at = failureByteByByte(new Receiver("client"), fragments)?.at;
        const header = invalid !== undefined && invalid > cut ? 4 : 2;
        expect(at, `cut at ${cut}`).toBe(invalid === undefined ? undefined : header + invalid);
      }
    },
  );

  it.each(TEXTS.map((text) => ({ hex: text.toString("hex"), text })))(
    "$hex, in two chunks: the chunk with the invalid byte fails",
    ({ text }) => {
      const invalid = firstInvalid(text) ?? Number.POSITIVE_INFINITY;
      const frame = Buffer.concat([Buffer.from([0x81, text.length + 9]), text]);
      for (let cut = 1; cut < frame.length; cut++) {
        const receiver = new Receiver("client");
        const first = protocolError(() => receiver.push(frame.subarray(0, cut)));
        expect(first?.code, `cut at ${cut}`).toBe(cut >= 2 + invalid ? "INVALID_UTF8" : undefined);
        if (first !== undefined) continue;
        const second = protocolError(() => receiver.push(frame.subarray(cut)));
        expect(second?.code).toBe(invalid <= text.length ? "INVALID_UTF8" : undefined);
      }
    },
  );

  it("binary is not judged", () => {
    expect(receive("client", bytes("82 02 ffc0 02 01 ff 80 01 fe"))).toEqual([
      ["binary", "ffc0"],
      ["binary", "fffe"],
    ]);
  });
});
