import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameParser, type FrameSink } from "../../src/protocol/frame-parser.ts";
import { DEFAULT_RULES, type Received, Receiver, type Role } from "../protocol/receiver.ts";
import { type Feeding, feed } from "./feeding.ts";
import { frameSequence, longFrameSequence, onTheWire, type SentFrame } from "./frames.ts";

const feeding: fc.Arbitrary<Feeding> = fc.record({
  chunkSizes: fc.oneof(
    fc.constant([]),
    fc.constant([1]),
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 4 }),
  ),
  stops: fc.oneof(
    fc.constant([]),
    fc.constant([true]),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
  ),
});

const longFeeding: fc.Arbitrary<Feeding> = feeding.chain(({ stops }) =>
  fc.record({
    chunkSizes: fc.array(fc.integer({ min: 500, max: 70_000 }), { minLength: 1, maxLength: 4 }),
    stops: fc.constant(stops),
  }),
);

const role = fc.constantFrom<Role>("server", "client");

function expectedOf(frames: readonly SentFrame[]): Received[] {
  return frames.flatMap(({ received }) => (received === undefined ? [] : [received]));
}

/** Whether there is no lone surrogate in `text`. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

/** Frames with their payloads put together, whatever calls they came by. */
class FrameCollector implements FrameSink {
  readonly frames: { opcode: number; fin: boolean; payload: string }[] = [];
  onCall: () => void = () => {};
  #missing = 0;

  onFrame(
    opcode: number,
    fin: boolean,
    reserved: number,
    chunk: Buffer,
    start: number,
    end: number,
    seen: number,
  ): void {
    this.#begin(opcode, fin, reserved, end - start);
    this.#add(chunk, start, end, seen);
    this.onFrameEnd();
  }

  onFrameStart(opcode: number, fin: boolean, reserved: number, length: number): void {
    if (length === 0) throw new Error("an empty frame is there as a whole");
    this.#begin(opcode, fin, reserved, length);
    this.onCall();
  }

  onFramePart(chunk: Buffer, start: number, end: number, seen: number): void {
    if (start === end) throw new Error("an empty part");
    this.#add(chunk, start, end, seen);
    this.onCall();
  }

  onFrameEnd(): void {
    if (this.#missing !== 0) throw new Error(`${this.#missing} bytes are missing`);
    this.onCall();
  }

  #begin(opcode: number, fin: boolean, reserved: number, length: number): void {
    if (this.#missing !== 0 || reserved !== 0) throw new Error("a frame begins in another");
    this.frames.push({ opcode, fin, payload: "" });
    this.#missing = length;
  }

  #add(chunk: Buffer, start: number, end: number, seen: number): void {
    const frame = this.frames.at(-1)!;
    frame.payload += chunk.toString("hex", start, end);
    this.#missing -= end - start;
    if (frame.opcode !== 1) return;
    const wanted = chunk.subarray(start, end).some((byte) => byte >= 0x80) ? 0x80 : 0;
    if (seen !== wanted) throw new Error(`seen is ${seen}, not ${wanted}`);
  }
}

describe("any chunking of the same bytes gives the same calls", () => {
  it("frames", () => {
    fc.assert(
      fc.property(frameSequence, role, fc.integer(), feeding, (frames, to, key, how) => {
        const sink = new FrameCollector();
        const rules = { ...DEFAULT_RULES, masked: to === "server" };
        feed(new FrameParser(rules, sink), onTheWire(frames, to, key), how, sink);
        expect(sink.frames).toEqual(
          frames.map(({ opcode, fin, payload }) => ({
            opcode,
            fin,
            payload: Buffer.from(payload).toString("hex"),
          })),
        );
      }),
    );
  });

  it("whole messages", () => {
    fc.assert(
      fc.property(frameSequence, role, fc.integer(), feeding, (frames, to, key, how) => {
        const receiver = new Receiver(to);
        feed(receiver.parser, onTheWire(frames, to, key), how, receiver.recorder);
        expect(receiver.received).toEqual(expectedOf(frames));
        expect(receiver.parser.idle).toBe(true);
      }),
    );
  });

  it("messages in parts, of whole characters", () => {
    fc.assert(
      fc.property(frameSequence, role, fc.integer(), feeding, (frames, to, key, how) => {
        const receiver = new Receiver(to, {}, true);
        feed(receiver.parser, onTheWire(frames, to, key), how, receiver.recorder);
        expect(receiver.received).toEqual(expectedOf(frames));
        // Half of a character would have come as half of a surrogate pair, or as U+FFFD, which the
        // comparison above would have found.
        expect(receiver.recorder.parts.filter((part) => !isWellFormed(part))).toEqual([]);
      }),
    );
  });

  it("messages of which the sink takes some in parts and some whole", () => {
    const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(frameSequence, choices, feeding, (frames, inParts, how) => {
        const receiver = new Receiver("client");
        const { recorder } = receiver;
        const begin = recorder.onBegin.bind(recorder);
        recorder.onBegin = (text) => {
          begin(text);
          return inParts[recorder.begun % inParts.length]!;
        };
        feed(receiver.parser, onTheWire(frames, "client", 0), how, recorder);
        expect(receiver.received).toEqual(expectedOf(frames));
      }),
    );
  });

  it("long messages, whole and in parts", () => {
    fc.assert(
      fc.property(
        longFrameSequence,
        role,
        fc.integer(),
        longFeeding,
        fc.boolean(),
        (frames, to, key, how, inParts) => {
          const receiver = new Receiver(to, {}, inParts);
          feed(receiver.parser, onTheWire(frames, to, key), how, receiver.recorder);
          expect(receiver.received).toEqual(expectedOf(frames));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("and after every prefix exactly what is complete in it has come", () => {
    fc.assert(
      fc.property(frameSequence, role, fc.integer(), (frames, to, key) => {
        const receiver = new Receiver(to);
        const sent: SentFrame[] = [];
        const ends = frames.map((frame) => {
          sent.push(frame);
          return onTheWire(sent, to, key).length;
        });
        const wire = onTheWire(frames, to, key);
        let complete = 0;
        for (let at = 0; at < wire.length; at++) {
          receiver.push(wire.subarray(at, at + 1));
          if (ends[complete] === at + 1) complete++;
          const wanted = expectedOf(frames.slice(0, complete)).length;
          if (receiver.received.length !== wanted) expect.fail(`${wanted} at byte ${at + 1}`);
        }
      }),
      { numRuns: 30 },
    );
  });
});
