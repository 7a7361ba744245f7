import { OP, rawFrame } from "../../raw-peer.ts";
import { atMost, type Figure, holds } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { inGroups, type Site } from "../site.ts";

const MIB = 1024 * 1024;
/** What an open connection in the middle of a message may take, in bytes. */
const MOST_PER_CONNECTION = 12 * 1024;

/** Lengths that are declared, of which nothing comes. */
export const lengths: readonly Scenario[] = [
  {
    id: "length-declared",
    title: "thousands of peers declare a message of 1 MiB and send nothing of it",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "listen" },
    maxMemory: 128 * MIB,
    attack: (site) => declare(site, rawFrame(OP.binary, "", { declared: MIB })),
  },
  {
    id: "length-declared-text",
    title: "the same with text, and one byte of it",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "listen" },
    maxMemory: 128 * MIB,
    attack: (site) => declare(site, rawFrame(OP.text, "a", { declared: MIB })),
  },
  {
    id: "length-declared-fragment",
    title: "the same in the second fragment of a message",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "listen" },
    maxMemory: 128 * MIB,
    attack: (site) =>
      declare(
        site,
        Buffer.concat([
          rawFrame(OP.binary, "a", { fin: false }),
          rawFrame(OP.continuation, "", { fin: false, declared: MIB - 1 }),
        ]),
      ),
  },
  {
    id: "length-huge",
    title: "lengths of 2^31 and more, up to 2^64 - 1",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: declareHuge,
  },
  {
    id: "length-wasteful",
    title: "short lengths in 2 and 8 bytes",
    fast: true,
    // ws takes them, as others do.
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: wastefulLengths,
  },
];

async function declare(site: Site, frame: Buffer): Promise<Figure[]> {
  const count = site.size(8000, 500);
  const before = await site.memory();
  const attackers = await site.crowd(count);
  await inGroups(count, 50, (i) => attackers[i]!.write(frame));
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    atMost("memory for each connection", "bytes", held / count, MOST_PER_CONNECTION),
    atMost("the same by resident memory", "bytes", (after.rss - before.rss) / count, 16 * 1024),
  ];
}

/** A frame of a text whose length is written in 8 bytes (RFC 6455 §5.2). */
function lengthIn8(length: bigint): Buffer {
  const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
  head.writeBigUInt64BE(length, 2);
  return head;
}

const HUGE = [31n, 32n, 52n, 53n, 62n, 63n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]);

async function declareHuge(site: Site): Promise<Figure[]> {
  const codes = await inGroups(HUGE.length + 1, 4, (i) =>
    closeCodeOf(site, lengthIn8(HUGE[i] ?? 2n ** 64n - 1n)),
  );
  const right = codes.every((code) => code === 1009 || code === 1002);
  return [holds("each is refused with 1009 or 1002", right)];
}

async function wastefulLengths(site: Site): Promise<Figure[]> {
  const inTwo = Buffer.from([0x81, 0xfe, 0, 5, 0, 0, 0, 0, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);
  const codes = [
    await closeCodeOf(site, inTwo),
    await closeCodeOf(site, Buffer.concat([lengthIn8(5n), Buffer.from("hello")])),
  ];
  return [
    holds(
      "each is refused with 1002 (§5.2)",
      codes.every((code) => code === 1002),
    ),
  ];
}

/** The code with which a new connection is closed that sends `bytes`; undefined where it is not. */
export async function closeCodeOf(
  site: Site,
  bytes: Buffer,
  path = "/",
): Promise<number | undefined> {
  const attacker = await site.open(path);
  await attacker.write(bytes);
  await attacker.endsWithin(2000);
  attacker.destroy();
  return attacker.closeCode;
}
