import type { LONG_SIZES } from "../load/json-messages.ts";
import type { DeflateSetting, Scenario } from "./scenario.ts";

/**
 * Compressed messages, against ws: the other peers either do not compress, or do not keep a
 * context for each direction of each connection, which is another trade altogether.
 */

/** What all of them have in common. */
const COMMON = { side: "server", slowPeers: false, peers: ["ws"] } as const;

/** To make a string of a long message and bytes of that again takes long enough to show. */
const LONG_PEERS = [...COMMON.peers, "ws-strings"];

/** A window and level that suit a server with many connections. */
const NARROW: DeflateSetting = { windowBits: 12, level: 3, memLevel: 8 };

/** With both at one window and level, the ones that barewire has by default and those of ws. */
const SETTINGS: readonly (readonly [id: string, words: string, setting: DeflateSetting])[] = [
  ["narrow", "window 12, level 3", NARROW],
  ["wide", "window 15, level 6", { windowBits: 15, level: 6, memLevel: 8 }],
  ["defaults", "each at its own defaults", "defaults"],
];

function echo(id: string, depth: number, words: string, deflate: DeflateSetting): Scenario {
  return {
    ...COMMON,
    id,
    title: `Compressed JSON of about 130 B, 50 connections, ${depth} deep, ${words}`,
    unit: "messages",
    work: { kind: "compressed", connections: 50, depth, content: "small", deflate },
  };
}

/** Those of a run without options. */
export const compressed: readonly Scenario[] = [
  echo("compressed-small", 16, "window 12, level 3", NARROW),
  {
    ...COMMON,
    id: "compressed-broadcast",
    title: "Compressed broadcast of JSON of 1 KiB to 1,000 connections, each at its own defaults",
    unit: "deliveries",
    // ws takes a tenth of a second and more for a round.
    seconds: 1,
    work: {
      kind: "compressed-broadcast",
      connections: 1000,
      content: "kibibyte",
      deflate: "defaults",
    },
  },
];

const small: readonly Scenario[] = SETTINGS.flatMap(([id, words, deflate]) =>
  [1, 4, 16].map((depth) => echo(`compressed-${id}-${depth}`, depth, words, deflate)),
);

/** The long messages in words. */
const LONG: Record<keyof typeof LONG_SIZES, string> = {
  medium: "63 KiB",
  megabyte: "1 MB",
  large: "1 MiB",
};

function longEcho(
  id: string,
  content: "megabyte" | "large",
  connections: number,
  words: string,
  deflate: DeflateSetting,
): Scenario {
  const shape = `${connections} connection${connections === 1 ? "" : "s"}, 1 deep`;
  return {
    ...COMMON,
    peers: LONG_PEERS,
    id: `compressed-${content}-${id}`,
    title: `Compressed JSON of ${LONG[content]}, ${shape}, ${words}, all cores`,
    unit: "messages",
    allCores: true,
    work: { kind: "compressed", connections, depth: 1, content, deflate },
  };
}

// With one connection the thread pool leaves a core to the event loop, so that its delay is its own work.
const long: readonly Scenario[] = [
  ...SETTINGS.map(([id, words, deflate]) => longEcho(id, "large", 4, words, deflate)),
  longEcho("alone", "large", 1, "each at its own defaults", "defaults"),
  ...SETTINGS.map(([id, words, deflate]) => longEcho(id, "megabyte", 4, words, deflate)),
];

/** A second: few enough for each server, in both forms, so that a share of the time is comparable. */
const DELAY_RATE = 25;

function delay(
  id: string,
  content: keyof typeof LONG,
  words: string,
  deflate: DeflateSetting | undefined,
): Scenario {
  return {
    ...COMMON,
    peers: LONG_PEERS,
    id: `compressed-delay-${id}`,
    title: `JSON of ${LONG[content]}, 1 connection, ${DELAY_RATE} a second, ${words}, all cores`,
    unit: "messages",
    allCores: true,
    work: {
      kind: "compressed",
      connections: 1,
      depth: 1,
      content,
      deflate,
      rate: DELAY_RATE,
    },
  };
}

// What compression adds to the delay of the event loop: the same messages at the same rate, with it
// and without; and messages just below the border from which on the thread pool compresses them, which
// have zlib on the loop for as long as any may.
const delays: readonly Scenario[] = [
  delay("floor", "large", "not compressed", undefined),
  delay("border", "medium", "window 12, level 3", NARROW),
  delay("narrow", "large", "window 12, level 3", NARROW),
  delay("megabyte", "megabyte", "window 12, level 3", NARROW),
];

const memory: readonly Scenario[] = [
  ...SETTINGS,
  ["none", "no compression", undefined] as const,
].map(([id, words, deflate]) => ({
  ...COMMON,
  id: `compressed-memory-${id}`,
  title: `Memory of 1,000 idle connections after 100 messages of about 130 B, ${words}`,
  unit: "bytes per connection",
  work: { kind: "memory", connections: 1000, exchange: { messages: 100, deflate } },
}));

/** All of them: `npm run bench:compression`. */
export const compression: readonly Scenario[] = [...small, ...long, ...delays, ...memory];
