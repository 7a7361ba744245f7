/** Large messages, small pieces, many round trips. Times are reported, not judged. */
import type { Pace } from "../../carrier/carrier.ts";
import type { DialogCase, Series } from "../../case.ts";
import { meets } from "../../outcome.ts";
import { CLEAN, dialog } from "../builders.ts";
import { repeated } from "../steps.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

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

/** The same message so many times. The bytes are made when they are needed. */
function* always(unit: Buffer, length: number): Generator<Buffer, never> {
  const payload = repeated(unit, length);
  for (;;) yield payload;
}

const long = (id: string, description: string, series: Series): DialogCase =>
  dialog({
    id,
    description,
    rule: "longMessages",
    outcomes: [meets({ exchange: "complete", end: CLEAN })],
    heavy: true,
    reportTime: true,
    series,
  });

function whole(id: string, type: MessageType, length: number, seconds: number, pace: Pace = {}) {
  const pieces = pace.chop === undefined ? "" : `, written in pieces of ${pace.chop} bytes`;
  return long(id, `A ${type.name} message of ${size(length)} in one frame${pieces}.`, {
    binary: type.name === "binary",
    count: () => 1,
    messages: () => always(type.unit, length),
    plain: pace,
    fragment: 0,
    seconds,
  });
}

function fragmented(id: string, type: MessageType, fragment: number, fill: Buffer): DialogCase {
  return long(id, `A ${type.name} message of 4 MiB in fragments of ${size(fragment)}.`, {
    binary: type.name === "binary",
    count: () => 1,
    messages: () => always(fill, 4 * MIB),
    fragment,
    seconds: 100,
  });
}

function roundTrips(id: string, type: MessageType, length: number, seconds: number): DialogCase {
  return long(id, `1000 ${type.name} messages of ${length} bytes, one after the other.`, {
    binary: type.name === "binary",
    count: () => 1000,
    messages: () => always(type.fill, length),
    plain: {},
    fragment: 0,
    seconds,
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
export const LONG: readonly DialogCase[] = [
  ...TEXT_SIZES.map(([length, seconds], i) => whole(`9.1.${i + 1}`, TEXT, length, seconds)),
  ...BINARY_SIZES.map(([length, seconds], i) => whole(`9.2.${i + 1}`, BINARY, length, seconds)),
  ...FRAGMENTS.map((fragment, i) => fragmented(`9.3.${i + 1}`, TEXT, fragment, TEXT.fill)),
  ...FRAGMENTS.map((fragment, i) =>
    fragmented(`9.4.${i + 1}`, BINARY, fragment, i === 0 ? BINARY.fill : TEXT.fill),
  ),
  ...PIECES.map((chop, i) => whole(`9.5.${i + 1}`, TEXT, MIB, 1000, { chop })),
  ...PIECES.map((chop, i) => whole(`9.6.${i + 1}`, BINARY, MIB, 1000, { chop })),
  ...TRIPS.map(([length, seconds], i) => roundTrips(`9.7.${i + 1}`, TEXT, length, seconds)),
  ...TRIPS.map(([length, seconds], i) => roundTrips(`9.8.${i + 1}`, BINARY, length, seconds)),
];
