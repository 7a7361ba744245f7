import { OP, rawFrame, textFrame } from "../../raw-peer.ts";
import type { Attacker } from "../attacker.ts";
import { atMost, type Figure, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { pause, type Site } from "../site.ts";

/** What a message that waits may take beyond its payload, in bytes. */
const MOST_PER_MESSAGE = 256;
/** Bytes of a message that is sent to fill what the system takes for a peer that does not read. */
const FILL = 32 * 1024;
const MOST_FILL = 16 * 1024 * 1024;
const READERS = 20;
/** Of memory that is held, what may be of other things. */
const SLACK = 4 * 1024 * 1024;

/** Peers that take nothing of what they are sent. */
export const slowReaders: readonly Scenario[] = [
  {
    id: "slow-feed",
    title: "a peer that does not read is sent 4 bytes by a timer",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "feed" },
    attack: feedSlowReader,
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
];

/** A frame so many times over. */
function repeated(frame: Buffer, count = 40): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

async function feedSlowReader(site: Site): Promise<Figure[]> {
  const size = 4;
  const count = site.size(20_000, 5000);
  const reader = await site.open();
  reader.stopReading();
  // What the system takes is sent first, so that the memory is that of what waits.
  await site.victim.ask("feed", { count: 1, size });
  const before = await site.victim.memory();
  const counted = await site.victim.ask<number>("feed", { count, size });
  const after = await site.victim.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    atMost(
      "memory for each message beyond its payload",
      "bytes",
      held / count - size,
      MOST_PER_MESSAGE,
    ),
    note("the same by resident memory", "bytes", (after.rss - before.rss) / count - size),
    note("counted as waiting", "bytes", counted),
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
  const [before, filled] = [await site.victim.memory(), await waiting(site)];
  const pieces = Array.from({ length: site.size(times, times / 4) }, () => frames);
  await Promise.all(readers.map((reader) => reader.writeApart(pieces, 5)));
  await pause(200);
  const counted = await waiting(site);
  const after = await site.victim.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    note("sent by the attack", "bytes", readers.length * frames.length * pieces.length),
    note("counted as waiting", "bytes", counted),
    atMost("memory that waits", "bytes", held, 2 * (counted - filled) + SLACK),
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
