import { OP, rawFrame } from "../../raw-peer.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";

const MIB = 1024 * 1024;
const EMPTY_TEXT = rawFrame(OP.text);
const EMPTY_FRAGMENT = rawFrame(OP.continuation, "", { fin: false });
const BEGIN = rawFrame(OP.binary, "", { fin: false });

/** Much of what is allowed: no peer may keep another one waiting. */
export const floods: readonly Scenario[] = [
  {
    id: "flood-empty",
    title: "2 MiB of empty messages to a handler object that echoes",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: (site) => flood(site, 1, filled(EMPTY_TEXT, 2 * MIB)),
  },
  {
    id: "flood-iterate",
    title: "2 MiB of empty messages to `for await … send`",
    ws: true,
    victim: { side: "server", setup: "iterate" },
    attack: (site) => flood(site, 1, filled(EMPTY_TEXT, 2 * MIB)),
  },
  {
    id: "flood-iterate-four",
    title: "four peers with 2 MiB of empty messages each to `for await … send`",
    ws: true,
    victim: { side: "server", setup: "iterate" },
    attack: (site) => flood(site, 4, filled(EMPTY_TEXT, 2 * MIB)),
  },
  {
    id: "flood-pings",
    title: "four peers with 2 MiB of empty Pings each, who read the Pongs",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: (site) => flood(site, 4, filled(rawFrame(OP.ping), 2 * MIB)),
  },
  {
    id: "flood-pongs",
    title: "four peers with 2 MiB of Pongs each that nobody has asked for",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: (site) => flood(site, 4, filled(rawFrame(OP.pong, "wrong"), 2 * MIB)),
  },
  {
    id: "flood-fragments-empty",
    title: "a message of empty fragments without end (16,384 are allowed)",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: (site) => refused(site, Buffer.concat([BEGIN, filled(EMPTY_FRAGMENT, 8 * MIB)]), 1008),
  },
  {
    id: "flood-fragments-tiny",
    title: "20 peers with a message of 16,000 fragments of one byte each",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "listen" },
    maxMemory: 24 * MIB,
    attack: tinyFragments,
  },
  {
    id: "flood-fragments-pings",
    title: "a Ping between any two fragments, 10,000 of them",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: fragmentsAndPings,
  },
  {
    id: "flood-bytes",
    title: "2 MiB of small messages, one byte at a time in 2,000 segments of it",
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: byteByByte,
  },
];

/** As many whole frames as fit into so many bytes. */
export function filled(frame: Buffer, size: number): Buffer {
  return Buffer.alloc(size - (size % frame.length), frame);
}

/** So many peers write `bytes` and wait for the Pong behind it all. */
export async function flood(
  site: Site,
  peers: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Figure[]> {
  const attackers = await site.crowd(peers, "/", headers);
  const begun = performance.now();
  await Promise.all(
    attackers.map(async (attacker) => {
      await attacker.write(bytes);
      await attacker.write(rawFrame(OP.ping, "the last"));
      await attacker.until(() => attacker.text.includes("the last"));
    }),
  );
  return [note("until all was worked off", "ms", performance.now() - begun)];
}

/** A peer writes what is to be refused with a close code. */
async function refused(site: Site, bytes: Buffer, code: number): Promise<Figure[]> {
  const attacker = await site.open();
  await attacker.write(bytes);
  const ended = await attacker.endsWithin(10_000);
  const found = attacker.closeCode;
  return [
    holds("the connection is closed", ended || found !== undefined),
    ...(found === undefined
      ? []
      : [{ ...note("close code", "count", found), most: code, least: code }]),
  ];
}

/** All of it is held until the message ends, and may cost its bytes but no object for each. */
async function tinyFragments(site: Site): Promise<Figure[]> {
  const peers = site.size(20, 10);
  const count = 16_000;
  const attackers = await site.crowd(peers);
  const before = await site.memory();
  const bytes = Buffer.concat([
    BEGIN,
    filled(rawFrame(OP.continuation, "x", { fin: false }), count * 7),
  ]);
  await Promise.all(
    attackers.map(async (attacker) => {
      await attacker.write(bytes);
      await attacker.write(rawFrame(OP.ping, "the last"));
      await attacker.until(() => attacker.text.includes("the last"));
    }),
  );
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [atMost("memory for each byte that waits", "bytes", held / (peers * count), 4)];
}

async function fragmentsAndPings(site: Site): Promise<Figure[]> {
  const attacker = await site.open();
  const both = Buffer.concat([rawFrame(OP.ping, "ping"), EMPTY_FRAGMENT]);
  const end = rawFrame(OP.continuation, "the last");
  await attacker.write(Buffer.concat([BEGIN, filled(both, both.length * 10_000), end]));
  await attacker.until(() => attacker.text.includes("the last"));
  return [
    // 10,000 Pongs of 6 bytes and the echo of 10.
    { ...note("bytes that came back", "bytes", attacker.received), least: 60_010 },
  ];
}

async function byteByByte(site: Site): Promise<Figure[]> {
  const attackers = await site.crowd(20);
  const message = rawFrame(OP.text, "0123456789");
  const pieces = Array.from({ length: site.size(2000, 500) }, (_, i) => {
    const at = i % message.length;
    return message.subarray(at, at + 1);
  });
  await Promise.all(attackers.map((attacker) => attacker.writeApart(pieces, 0)));
  return [note("reads caused", "count", attackers.length * pieces.length)];
}
