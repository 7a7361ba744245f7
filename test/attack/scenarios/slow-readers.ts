import { OP, rawFrame, textFrame } from "../../raw-peer.ts";
import type { Attacker } from "../attacker.ts";
import { atMost, type Figure, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { pause, type Site } from "../site.ts";

/**
 * What a message that waits may take beyond its payload, in bytes. A Buffer of its own takes some 200 of these,
 * and where the library makes no copy, that of the sender too.
 */
const MOST_PER_MESSAGE = 320;
const MIB = 1024 * 1024;
/** By so many bytes the memory of a process differs from one look to the next. */
const NOISE = 64 * 1024;
/** Bytes of a message that is sent to fill what the system takes for a peer that does not read. */
const FILL = 32 * 1024;
const MOST_FILL = 16 * 1024 * 1024;
/** What a peer is fed at most, less than `maxSendBuffer` by far. */
const MOST_FED = 12 * 1024 * 1024;
const READERS = 20;
/** Of memory that is held, what may be of other things. */
const SLACK = 4 * 1024 * 1024;

/** Peers that take nothing of what they are sent. */
export const slowReaders: readonly Scenario[] = [
  {
    id: "slow-feed",
    title: "a peer that does not read is sent messages by a timer, of 4 bytes to 40 KiB",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "feed" },
    attack: (site) => slowFeed(site, false),
  },
  {
    id: "slow-feed-tls",
    title: "the same over TLS",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "feed", tls: true },
    attack: (site) => slowFeed(site, true),
  },
  {
    id: "slow-echo",
    title: "20 peers that never read have small messages echoed, some at a time",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: (site) => echoToSlowReaders(site, repeated(textFrame("0123456789abcdef")), 300),
  },
  {
    id: "slow-pings",
    title: "20 peers that never read send empty Pings, one at a time",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: (site) => echoToSlowReaders(site, rawFrame(OP.ping), 800),
  },
  {
    id: "slow-dribble",
    title:
      "40 peers that take nothing of 1 MiB each, but answer Pings and send a byte now and then",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "echo",
      options: { sendTimeout: 1000, heartbeatInterval: 300, heartbeatTimeout: 300 },
    },
    // Memory for a message doubles as it arrives, and the last step is copied.
    maxMemory: 160 * MIB,
    attack: dribblers,
  },
  {
    id: "slow-total",
    title: "100 peers that do not read hold 1 MiB each of a server that may hold 16 MiB in all",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "echo",
      options: { maxTotalBuffered: 16 * MIB, sendTimeout: 2 ** 31 - 1 },
    },
    maxMemory: 64 * MIB,
    attack: manyHolders,
  },
];

/** A frame so many times over. */
function repeated(frame: Buffer, count = 40): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

async function slowFeed(site: Site, tls: boolean): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of [4, 300, 5000, 40_000]) {
    const reader = await site.open("/", {}, tls);
    reader.stopReading();
    figures.push(...(await feedSlowReader(site, size)));
    reader.destroy();
  }
  return figures;
}

/** Feeds the one who was connected last, and reads nothing. */
export async function feedSlowReader(site: Site, size: number): Promise<Figure[]> {
  const count = Math.min(site.size(20_000, 5000), Math.floor(MOST_FED / size));
  // What the system takes is sent first, so that the memory is that of what waits.
  await site.victim.ask("feed", { count: 1, size });
  const before = await site.memory();
  const counted = await site.victim.ask<number>("feed", { count, size });
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  const beyond = held / count - size;
  return [
    atMost(
      `memory beyond the payload of ${size} bytes`,
      "bytes",
      beyond,
      MOST_PER_MESSAGE + NOISE / count,
    ),
    note(`counted as waiting for each of ${size} bytes`, "bytes", counted / (count + 1)),
  ];
}

/**
 * Has the room of the system filled by long messages, and then sends `frames` many times over, apart
 * from one another: what each causes to be sent is a write of its own, and has to wait.
 */
async function echoToSlowReaders(site: Site, frames: Buffer, times: number): Promise<Figure[]> {
  const readers = await site.crowd(READERS);
  for (const reader of readers) reader.stopReading();
  await fill(site, readers);
  const [before, filled] = [await site.memory(), await waiting(site)];
  const pieces = Array.from({ length: site.size(times, times / 4) }, () => frames);
  await Promise.all(readers.map((reader) => reader.writeApart(pieces, 5)));
  await pause(200);
  const counted = await waiting(site);
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    note("sent by the attack", "bytes", readers.length * frames.length * pieces.length),
    note("counted as waiting", "bytes", counted),
    atMost("memory that waits", "bytes", held, 2 * (counted - filled) + SLACK),
    note("of that in the heap", "bytes", after.heapUsed - before.heapUsed),
  ];
}

/** Sends messages to each until the echo of one has to wait, but for less than the high-water mark. */
async function fill(site: Site, readers: readonly Attacker[]): Promise<void> {
  const message = rawFrame(OP.binary, Buffer.alloc(FILL));
  for (let sent = 0; sent < MOST_FILL; sent += FILL) {
    // The probe and the readers, in the order in which they were opened.
    const counts = (await site.victim.ask<number[]>("waiting")).slice(-readers.length);
    const free = readers.filter((_, i) => counts[i] === 0);
    if (free.length === 0) return;
    await Promise.all(free.map((reader) => reader.write(message)));
    await pause(20);
  }
  throw new Error("the system takes everything for a peer that does not read");
}

/** What the victim counts as waiting to be sent to all, in bytes. */
async function waiting(site: Site): Promise<number> {
  const counts = await site.victim.ask<number[]>("waiting");
  return counts.reduce((sum, count) => sum + count, 0);
}

/** They send messages of which only the echo is missing: the victim's time to be patient is 1 s. */
async function dribblers(site: Site): Promise<Figure[]> {
  const readers = await site.crowd(40);
  for (const reader of readers) reader.stopReading();
  await Promise.all(readers.map((reader) => reader.write(echoes(6))));
  const dribble = setInterval(() => {
    for (const reader of readers) reader.socket.write(rawFrame(OP.pong));
  }, 100);
  const left = async () => (await site.victim.ask<number>("connections")) - 1;
  const begun = performance.now();
  while ((await left()) > 0 && performance.now() - begun < 5000) await pause(50);
  clearInterval(dribble);
  return [
    note("until all were closed", "ms", performance.now() - begun),
    atMost("still open after 5 s", "count", await left(), 0),
  ];
}

async function manyHolders(site: Site): Promise<Figure[]> {
  const readers = await site.crowd(site.size(100, 60));
  for (const reader of readers) reader.stopReading();
  let most = 0;
  for (const reader of readers) {
    await reader.write(echoes(6));
    most = Math.max(most, await waiting(site));
  }
  await pause(500);
  return [
    atMost("waiting at a time, of 16 MiB allowed", "bytes", most, 20 * MIB),
    note("connections left", "count", (await site.victim.ask<number>("connections")) - 1),
  ];
}

/** So many messages of 1 MiB, less than their limit by a little. */
function echoes(count: number): Buffer {
  return repeated(rawFrame(OP.binary, Buffer.alloc(MIB - 1024)), count);
}
