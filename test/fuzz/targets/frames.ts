import { deepStrictEqual } from "node:assert/strict";
import { PROTOCOL_FAILURE_CODES } from "../../../src/errors.ts";
import type { FrameRules } from "../../../src/protocol/frame-header.ts";
import { FrameParser, type FrameSink } from "../../../src/protocol/frame-parser.ts";
import { feed } from "../../property/feeding.ts";
import { protocolError, type Role } from "../../protocol/receiver.ts";
import { feeding, frameStream } from "../frame-streams.ts";
import { Random } from "../random.ts";
import { type ReferenceFrame, referenceFrames } from "../reference-receiver.ts";
import type { FuzzTarget } from "../target.ts";

/** What the assembler judges, not the parser. */
const LATER = [
  "INVALID_UTF8",
  "CLOSE_PAYLOAD_LENGTH",
  "CLOSE_CODE_INVALID",
  "COMPRESSED_DATA_INVALID",
  "MESSAGE_TIMEOUT",
  "RATE_EXCEEDED",
];

/** The frame parser by itself. */
export const frames: FuzzTarget = {
  name: "frames",
  title: "frame parser against a slow reference, in any chunks",
  inputs: 4000,
  outcomes: ["none", ...PROTOCOL_FAILURE_CODES.filter((code) => !LATER.includes(code))],
  run(seed) {
    const random = new Random(seed);
    const role: Role = random.pick(["server", "client"]);
    const input = frameStream(random, role);
    const rules: FrameRules = {
      masked: role === "server",
      reservedBits: random.pick([0, 0x40]),
      maxMessageSize: random.pick([0, 10, 126, 400, 2000, Number.POSITIVE_INFINITY]),
      maxFragments: random.pick([1, 4, 100]),
    };
    const collector = new Collector();
    const parser = new FrameParser(rules, collector);
    const error = protocolError(() => feed(parser, input, feeding(random), collector));
    const expected = referenceFrames(input, rules);
    deepStrictEqual(error?.code, expected.failure);
    deepStrictEqual(joined(collector.frames), joined(expected.frames));
    return error?.code ?? "none";
  },
};

/** The parser may pass on fragments that follow one another as one. */
function joined(frames: readonly ReferenceFrame[]): ReferenceFrame[] {
  const all: ReferenceFrame[] = [];
  for (const frame of frames) {
    const before = all.at(-1);
    if (frame.opcode === 0 && before !== undefined && before.opcode < 8 && !before.fin) {
      all[all.length - 1] = { ...before, fin: frame.fin, payload: before.payload + frame.payload };
    } else {
      all.push(frame);
    }
  }
  return all;
}

/** Frames that have come to their end, whatever calls they came by. */
class Collector implements FrameSink {
  readonly frames: ReferenceFrame[] = [];
  onCall = () => {};
  #begun: Omit<ReferenceFrame, "payload"> | undefined;
  #payload = "";
  #missing = 0;

  onFrame(
    opcode: number,
    fin: boolean,
    reserved: number,
    chunk: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#begun !== undefined) throw new Error("a frame begins in another");
    this.frames.push({ opcode, fin, reserved, payload: chunk.toString("hex", start, end) });
    this.onCall();
  }

  onFrameStart(opcode: number, fin: boolean, reserved: number, length: number): void {
    if (this.#begun !== undefined || length === 0) throw new Error("a frame begins wrongly");
    this.#begun = { opcode, fin, reserved };
    this.#payload = "";
    this.#missing = length;
    this.onCall();
  }

  onFramePart(chunk: Buffer, start: number, end: number): void {
    if (start === end) throw new Error("an empty part");
    this.#payload += chunk.toString("hex", start, end);
    this.#missing -= end - start;
    this.onCall();
  }

  onFrameEnd(): void {
    if (this.#begun === undefined || this.#missing !== 0) throw new Error("a frame ends wrongly");
    this.frames.push({ ...this.#begun, payload: this.#payload });
    this.#begun = undefined;
    this.onCall();
  }
}
