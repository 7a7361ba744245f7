import { deepStrictEqual, ok } from "node:assert/strict";
import { PROTOCOL_FAILURE_CODES } from "../../../src/errors.ts";
import type { FrameRules } from "../../../src/protocol/frame-header.ts";
import { PIECE } from "../../../src/protocol/message-memory.ts";
import { feed } from "../../property/feeding.ts";
import { protocolError, Receiver, type Role } from "../../protocol/receiver.ts";
import { feeding, frameStream } from "../frame-streams.ts";
import { Random } from "../random.ts";
import { referenceReceive } from "../reference-receiver.ts";
import type { FuzzTarget } from "../target.ts";

/** What a connection judges, not the assembler. */
const LATER = ["COMPRESSED_DATA_INVALID", "MESSAGE_TIMEOUT", "RATE_EXCEEDED"];
const LIMITS = [0, 10, 126, 400, 2000, 2000, 100_000];

let largestBuffer = 0;
const allocate = Buffer.allocUnsafeSlow;

/** Parser and assembler, on frames that are right, changed or random, against the RFC read aloud. */
export const messages: FuzzTarget = {
  name: "messages",
  title: "frame parser and message assembler against a slow reference, and their memory",
  inputs: 6000,
  outcomes: ["none", ...PROTOCOL_FAILURE_CODES.filter((code) => !LATER.includes(code))],
  async begin() {
    Buffer.allocUnsafeSlow = (size) => {
      // The memory that all short messages share is no memory of this one.
      if (size !== PIECE) largestBuffer = Math.max(largestBuffer, size);
      return allocate(size);
    };
  },
  async end() {
    Buffer.allocUnsafeSlow = allocate;
  },
  run,
};

function run(seed: number): string {
  const random = new Random(seed);
  const role: Role = random.pick(["server", "client"]);
  const input = frameStream(random, role);
  const rules: FrameRules = {
    masked: role === "server",
    reservedBits: random.pick([0, 0x40]),
    maxMessageSize: random.pick(LIMITS),
    maxFragments: random.pick([1, 4, 100, 100]),
  };
  const how = feeding(random);
  const receiver = new Receiver(role, rules, random.once(3));
  largestBuffer = 0;
  const error = protocolError(() => feed(receiver.parser, input, how, receiver.recorder));
  // Only what is held for a whole message counts, and the 125 bytes of a control frame. Short messages
  // of one chunk are copied together: memory of no more bytes than have come.
  const slack = rules.reservedBits === 0 ? 0 : Math.ceil(rules.maxMessageSize / 8) + 1024;
  const most = Math.max(rules.maxMessageSize + slack, 125, input.length);
  ok(largestBuffer <= most, `${largestBuffer} bytes at once, at most ${most}`);
  const outcome = { received: [...receiver.received], failure: error?.code };
  deepStrictEqual(outcome, referenceReceive(input, rules));
  return error?.code ?? "none";
}
