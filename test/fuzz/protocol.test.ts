import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROTOCOL_FAILURE_CODES, type ProtocolFailure } from "../../src/errors.ts";
import type { FrameRules } from "../../src/protocol/frame-header.ts";
import { PIECE } from "../../src/protocol/message-memory.ts";
import { feed } from "../property/feeding.ts";
import { protocolError, Receiver, type Role } from "../protocol/receiver.ts";
import { frameStream } from "./frame-streams.ts";
import { Random } from "./random.ts";
import { type Outcome, referenceReceive } from "./reference-receiver.ts";

/**
 * By default a fixed number of inputs from a fixed seed. To search further:
 *
 *     FUZZ_SECONDS=600 npx vitest run test/fuzz
 *
 * begins at another seed each time. A failure names the seed of its input, and
 * `FUZZ_SEED=<seed> npx vitest run test/fuzz` begins with just that one.
 */
const { FUZZ_SECONDS, FUZZ_SEED } = process.env;
const SECONDS = Number(FUZZ_SECONDS ?? 0);
const SEED = Number(FUZZ_SEED ?? (SECONDS > 0 ? Date.now() % 1e9 : 1));
const INPUTS = 6000;

const LIMITS = [0, 10, 126, 400, 2000, 2000, 100_000];

let largestBuffer = 0;
const allocate = Buffer.allocUnsafeSlow;

beforeAll(() => {
  Buffer.allocUnsafeSlow = (size) => {
    // The memory that all short messages share is no memory of this one.
    if (size !== PIECE) largestBuffer = Math.max(largestBuffer, size);
    return allocate(size);
  };
});

afterAll(() => {
  Buffer.allocUnsafeSlow = allocate;
});

/** Runs one input, of which everything follows from the seed. */
function run(seed: number): Outcome {
  const random = new Random(seed);
  const role: Role = random.pick(["server", "client"]);
  const input = frameStream(random, role);
  const rules: FrameRules = {
    masked: role === "server",
    reservedBits: random.pick([0, 0x40]),
    maxMessageSize: random.pick(LIMITS),
    maxFragments: random.pick([1, 4, 100, 100]),
  };
  const how = {
    chunkSizes: Array.from(
      { length: random.below(4) },
      () => 1 + random.below(random.pick([2, 90])),
    ),
    stops: Array.from({ length: random.below(5) }, () => random.once(2)),
  };
  const receiver = new Receiver(role, rules, random.once(3));
  largestBuffer = 0;
  const error = protocolError(() => feed(receiver.parser, input, how, receiver.recorder));
  // Only what is held for a whole message counts, and the 125 bytes of a control frame.
  const slack = rules.reservedBits === 0 ? 0 : Math.ceil(rules.maxMessageSize / 8) + 1024;
  expect(largestBuffer).toBeLessThanOrEqual(Math.max(rules.maxMessageSize + slack, 125));
  const outcome = { received: [...receiver.received], failure: error?.code };
  expect(outcome).toEqual(referenceReceive(input, rules));
  return outcome;
}

/** Runs inputs until there are enough; tells how often each outcome came. */
function fuzz(): Map<ProtocolFailure | "none", number> {
  const outcomes = new Map<ProtocolFailure | "none", number>();
  const end = Date.now() + SECONDS * 1000;
  for (let seed = SEED; SECONDS > 0 ? Date.now() < end : seed < SEED + INPUTS; seed++) {
    try {
      const outcome = run(seed).failure ?? "none";
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${seed}: ${cause}`, { cause });
    }
  }
  return outcomes;
}

describe("parser and assembler on valid, mutated and random bytes", () => {
  it("do what the reference does, throw nothing but ProtocolError, and stay within the limit", {
    timeout: 60_000 + SECONDS * 1000,
  }, () => {
    const outcomes = fuzz();
    // The inputs are worth something only if they get everywhere.
    const untried = PROTOCOL_FAILURE_CODES.filter((code) => !outcomes.has(code));
    if (SECONDS === 0)
      expect(untried).toEqual(["COMPRESSED_DATA_INVALID", "MESSAGE_TIMEOUT", "RATE_EXCEEDED"]);
    expect(outcomes.get("none")).toBeGreaterThan(0);
    if (SECONDS > 0) console.info(`from seed ${SEED}:`, Object.fromEntries(outcomes));
  });
});
