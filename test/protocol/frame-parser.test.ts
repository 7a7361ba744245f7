import { describe, expect, it } from "vitest";
import { FrameParser, type FrameSink } from "../../src/protocol/frame-parser.ts";
import { bytes, DEFAULT_RULES, Receiver, receive } from "./receiver.ts";

/** Writes down the calls themselves, which are what this parser is about. */
class CallRecorder implements FrameSink {
  readonly calls: string[] = [];
  onCall: () => void = () => {};

  onFrame(
    opcode: number,
    fin: boolean,
    reserved: number,
    chunk: Buffer,
    start: number,
    end: number,
    seen: number,
  ): void {
    const payload = chunk.toString("hex", start, end);
    this.#record(
      `frame ${opcode} ${fin} ${reserved} ${payload} ${seen >= 0x80 ? "high" : "ascii"}`,
    );
  }

  onFrameStart(opcode: number, fin: boolean, reserved: number, length: number): void {
    this.#record(`start ${opcode} ${fin} ${reserved} ${length}`);
  }

  onFramePart(chunk: Buffer, start: number, end: number, seen: number): void {
    this.#record(`part ${chunk.toString("hex", start, end)} ${seen >= 0x80 ? "high" : "ascii"}`);
  }

  onFrameEnd(): void {
    this.#record("end");
  }

  #record(call: string): void {
    this.calls.push(call);
    this.onCall();
  }
}

function parser(masked: boolean, reservedBits = 0): { parser: FrameParser; sink: CallRecorder } {
  const sink = new CallRecorder();
  return { sink, parser: new FrameParser({ ...DEFAULT_RULES, masked, reservedBits }, sink) };
}

describe("the examples of RFC 6455 §5.7", () => {
  it("a single-frame unmasked text message", () => {
    expect(receive("client", bytes("81 05 48 65 6c 6c 6f"))).toEqual([["text", "Hello"]]);
  });

  it("a single-frame masked text message", () => {
    const hello = bytes("81 85 37 fa 21 3d 7f 9f 4d 51 58");
    expect(receive("server", hello)).toEqual([["text", "Hello"]]);
  });

  it("a fragmented unmasked text message", () => {
    expect(receive("client", bytes("01 03 48 65 6c 80 02 6c 6f"))).toEqual([["text", "Hello"]]);
  });

  it("an unmasked Ping and its masked Pong", () => {
    expect(receive("client", bytes("89 05 48 65 6c 6c 6f"))).toEqual([["ping", "48656c6c6f"]]);
    const pong = bytes("8a 85 37 fa 21 3d 7f 9f 4d 51 58");
    expect(receive("server", pong)).toEqual([["pong", "48656c6c6f"]]);
  });

  it.each([
    [256, "82 7e 0100"],
    [65_536, "82 7f 0000000000010000"],
  ])("%i bytes of binary in a single unmasked frame", (length, header) => {
    const payload = Buffer.alloc(length, 0xa5);
    const received = receive("client", Buffer.concat([bytes(header), payload]));
    expect(received).toEqual([["binary", payload.toString("hex")]]);
  });
});

describe("FrameParser", () => {
  it("gives a frame that lies in one chunk by one call, unmasked in place", () => {
    const { parser: p, sink } = parser(true);
    const chunk = bytes("81 85 37fa213d 7f9f4d5158 82 80 00000000");
    expect(p.push(chunk)).toBe(chunk.length);
    expect(sink.calls).toEqual(["frame 1 true 0 48656c6c6f ascii", "frame 2 true 0  ascii"]);
    expect(chunk.toString("latin1", 6, 11)).toBe("Hello");
  });

  it("gives any other by its start, parts and end", () => {
    const { parser: p, sink } = parser(true);
    for (const hex of ["81", "85 37fa21", "3d 7f9f", "4d", "5158"]) p.push(bytes(hex));
    expect(sink.calls).toEqual([
      "start 1 true 0 5",
      "part 4865 ascii",
      "part 6c ascii",
      "part 6c6f ascii",
      "end",
    ]);
  });

  it("announces a frame as soon as its header is there", () => {
    const { parser: p, sink } = parser(false);
    p.push(bytes("82 7e 0100"));
    expect(sink.calls).toEqual(["start 2 true 0 256"]);
  });

  it("gives an empty frame by one call even if its header came in pieces", () => {
    const { parser: p, sink } = parser(true);
    for (const hex of ["8a", "80", "00", "00", "00", "00"]) p.push(bytes(hex));
    expect(sink.calls).toEqual(["frame 10 true 0  ascii"]);
  });

  it("says whether text is ASCII, masked or not", () => {
    const { parser: client, sink: fromServer } = parser(false);
    client.push(bytes("81 02 c3a9 81 01 41"));
    expect(fromServer.calls).toEqual(["frame 1 true 0 c3a9 high", "frame 1 true 0 41 ascii"]);
    const { parser: server, sink: fromClient } = parser(true);
    server.push(bytes("81 82 80808080 4329 81 81 80808080 c1"));
    expect(fromClient.calls).toEqual(["frame 1 true 0 c3a9 high", "frame 1 true 0 41 ascii"]);
  });

  it("leaves what lies outside its range of the chunk alone", () => {
    const { parser: p, sink } = parser(true);
    const chunk = bytes("ffff 82 82 0f0f0f0f 0102");
    expect(p.push(chunk, 2)).toBe(chunk.length);
    expect(sink.calls).toEqual(["frame 2 true 0 0e0d ascii"]);
    expect(chunk).toEqual(bytes("ffff 82 82 0f0f0f0f 0e0d"));
  });

  it("passes claimed reserved bits on", () => {
    const { parser: p, sink } = parser(false, 0x40);
    p.push(bytes("c1 01 41 42 02 42"));
    expect(sink.calls).toEqual(["frame 1 true 64 41 ascii", "start 2 false 64 2", "part 42 ascii"]);
  });

  it("stops after any call and goes on where it stopped", () => {
    const { parser: p, sink } = parser(false);
    sink.onCall = () => p.stop();
    const chunk = bytes("81 01 41 89 00 81 02 42");
    const stops: number[] = [];
    let at = 0;
    while (at < chunk.length) {
      at = p.push(chunk, at);
      stops.push(at);
    }
    expect(stops).toEqual([3, 5, 7, 8]);
    p.push(bytes("43"));
    expect(sink.calls).toEqual([
      "frame 1 true 0 41 ascii",
      "frame 9 true 0  ascii",
      "start 1 true 0 2",
      "part 42 ascii",
      "part 43 ascii",
      "end",
    ]);
  });

  it("is idle between messages only", () => {
    const { parser: p } = parser(false);
    const idle: boolean[] = [];
    for (const hex of ["01", "02", "41", "42", "89", "00", "80", "00", "81", "00"]) {
      p.push(bytes(hex));
      idle.push(p.idle);
    }
    expect(idle).toEqual([false, false, false, false, false, false, false, true, false, true]);
    expect(parser(true).parser.idle).toBe(true);
  });

  it("does nothing for an empty chunk", () => {
    const { parser: p, sink } = parser(false);
    expect(p.push(Buffer.alloc(0))).toBe(0);
    expect(p.push(bytes("8100"), 2)).toBe(2);
    expect(sink.calls).toEqual([]);
  });

  it("keeps the headers of several connections apart", () => {
    const one = parser(false);
    const other = parser(true);
    one.parser.push(bytes("82 7e"));
    other.parser.push(bytes("81 81 01"));
    one.parser.push(bytes("00"));
    other.parser.push(bytes("000000"));
    one.parser.push(bytes("7e"));
    other.parser.push(bytes("40"));
    expect(one.sink.calls).toEqual(["start 2 true 0 126"]);
    expect(other.sink.calls).toEqual(["start 1 true 0 1", "part 41 ascii", "end"]);
  });

  it("counts the fragments of each message from one again", () => {
    const receiver = new Receiver("client", { maxFragments: 3 });
    for (let i = 0; i < 3; i++) receiver.push(bytes("02 01 aa 00 01 bb 80 01 cc"));
    expect(receiver.received).toEqual(Array(3).fill(["binary", "aabbcc"]));
  });

  // Found on review: the size of the last message was counted towards the next.
  it("regression: each message has the whole limit to itself", () => {
    const receiver = new Receiver("client", { maxMessageSize: 10 });
    const whole = bytes("82 0a 00010203040506070809");
    const fragmented = bytes("02 05 0001020304 80 05 0506070809");
    for (const message of [whole, whole, fragmented, fragmented, whole]) receiver.push(message);
    expect(receiver.received).toEqual(Array(5).fill(["binary", "00010203040506070809"]));
  });
});
