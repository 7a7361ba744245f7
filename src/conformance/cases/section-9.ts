/** Section 9: large messages, small pieces, many round trips. Times are reported, not judged. */
import type { DialogCase, Driver, Outcome } from "../case.ts";
import type { Peer } from "../peer.ts";
import { closePayload, OPCODE } from "../wire/frame.ts";
import type { Pace } from "../wire/link.ts";
import { CLEAN, repeated } from "./steps.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const RULES = ["RFC 6455 §5.2", "RFC 6455 §5.4"];

interface MessageType {
  readonly name: "text" | "binary";
  readonly unit: Buffer;
  readonly fill: Buffer;
}

const TEXT: MessageType = { name: "text", unit: Buffer.from("BAsd7&jh23"), fill: Buffer.from("*") };
const BINARY: MessageType = {
  name: "binary",
  unit: Buffer.from([0x00, 0xfe, 0x23, 0xfa, 0xf0]),
  fill: Buffer.from([0xfe]),
};

function size(bytes: number): string {
  if (bytes >= MIB) return `${bytes / MIB} MiB`;
  return bytes >= KIB ? `${bytes / KIB} KiB` : `${bytes} bytes`;
}

function long(
  id: string,
  type: MessageType,
  description: string,
  seconds: number,
  drive: NonNullable<DialogCase["drive"]>,
): DialogCase {
  return {
    kind: "dialog",
    id,
    description,
    expectation: `The same comes back within ${seconds} seconds; a clean close.`,
    rules: RULES,
    expected: {},
    close: CLEAN,
    heavy: true,
    reportTime: true,
    drive: (peer, outcome, scale) => {
      outcome.result = `No ${type.name} message came within ${seconds} seconds.`;
      peer.later(seconds * 1000, () => peer.close(closePayload()));
      return drive(peer, outcome, scale);
    },
  };
}

/** Sends one message and compares what comes back with it. */
function once(
  peer: Peer,
  outcome: Outcome,
  type: MessageType,
  payload: Buffer,
  send: () => void,
): Driver {
  return {
    start: send,
    message(got, binary) {
      if (binary !== (type.name === "binary")) {
        outcome.result = `Expected a ${type.name} message, got the other type.`;
      } else if (got.length !== payload.length) {
        outcome.result = `Expected ${payload.length} bytes, got ${got.length}.`;
      } else {
        // Autobahn looks at the length only; an echo of other bytes is no echo.
        const same = got.equals(payload);
        outcome.behavior = same ? "OK" : "FAILED";
        outcome.result = same
          ? `Received ${type.name} message of length ${got.length}.`
          : "The message came back with other bytes.";
      }
      peer.close(closePayload(1000));
    },
  };
}

function whole(id: string, type: MessageType, length: number, seconds: number, pace: Pace = {}) {
  const pieces = pace.chop === undefined ? "" : `, written in pieces of ${pace.chop} bytes`;
  const description = `A ${type.name} message of ${size(length)} in one frame${pieces}.`;
  return long(id, type, description, seconds, (peer, outcome) => {
    const payload = repeated(type.unit, length);
    const opcode = type.name === "text" ? OPCODE.text : OPCODE.binary;
    return once(peer, outcome, type, payload, () => peer.frame({ opcode, payload }, pace));
  });
}

function fragmented(
  id: string,
  type: MessageType,
  fragment: number,
  fill: Buffer = type.fill,
): DialogCase {
  const description = `A ${type.name} message of 4 MiB in fragments of ${size(fragment)}.`;
  return long(id, type, description, 100, (peer, outcome) => {
    const payload = repeated(fill, 4 * MIB);
    const send = () => peer.message(payload, type.name === "binary", fragment);
    return once(peer, outcome, type, payload, send);
  });
}

function roundTrips(id: string, type: MessageType, length: number, seconds: number): DialogCase {
  const description = `1000 ${type.name} messages of ${length} bytes, one after the other.`;
  return long(id, type, description, seconds, (peer, outcome) => {
    const payload = repeated(type.fill, length);
    const opcode = type.name === "text" ? OPCODE.text : OPCODE.binary;
    let left = 1000;
    const next = () => {
      left--;
      peer.frame({ opcode, payload });
    };
    return {
      start: next,
      message(got, binary) {
        const same = binary === (type.name === "binary") && got.equals(payload);
        if (same && left > 0) {
          next();
          return;
        }
        outcome.behavior = same ? "OK" : "FAILED";
        outcome.result = same
          ? "Ok, received all echo'ed messages in time."
          : `A message came back changed (binary = ${binary}, ${got.length} bytes).`;
        peer.close(closePayload(1000));
      },
    };
  });
}

/** 64 KiB to 16 MiB, with the seconds Autobahn gives each. */
const TEXT_SIZES = [
  [64 * KIB, 10],
  [256 * KIB, 10],
  [MIB, 100],
  [4 * MIB, 100],
  [8 * MIB, 100],
  [16 * MIB, 100],
] as const;
const BINARY_SIZES = [
  [64 * KIB, 10],
  [256 * KIB, 10],
  [MIB, 10],
  [4 * MIB, 10],
  [8 * MIB, 100],
  [16 * MIB, 100],
] as const;
const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
const PIECES = [64, 128, 256, 512, 1024, 2048];
const TRIPS = [
  [0, 60],
  [16, 60],
  [64, 60],
  [256, 120],
  [1024, 240],
  [4096, 480],
] as const;

/** Cases 9.1.1 to 9.8.6. */
export const SECTION_9: readonly DialogCase[] = [
  ...TEXT_SIZES.map(([length, seconds], i) => whole(`9.1.${i + 1}`, TEXT, length, seconds)),
  ...BINARY_SIZES.map(([length, seconds], i) => whole(`9.2.${i + 1}`, BINARY, length, seconds)),
  ...FRAGMENTS.map((fragment, i) => fragmented(`9.3.${i + 1}`, TEXT, fragment)),
  ...FRAGMENTS.map((fragment, i) =>
    fragmented(`9.4.${i + 1}`, BINARY, fragment, i === 0 ? BINARY.fill : TEXT.fill),
  ),
  ...PIECES.map((chop, i) => whole(`9.5.${i + 1}`, TEXT, MIB, 1000, { chop })),
  ...PIECES.map((chop, i) => whole(`9.6.${i + 1}`, BINARY, MIB, 1000, { chop })),
  ...TRIPS.map(([length, seconds], i) => roundTrips(`9.7.${i + 1}`, TEXT, length, seconds)),
  ...TRIPS.map(([length, seconds], i) => roundTrips(`9.8.${i + 1}`, BINARY, length, seconds)),
];
