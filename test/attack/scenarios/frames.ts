import { closeFrame, OP, type RawPeer, rawFrame, textFrame } from "../../raw-peer.ts";
import { atMost, type Figure, note, within } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { inGroups, pause, type Site } from "../site.ts";
import { closeCodeOf } from "./lengths.ts";

const MIB = 1024 * 1024;

/** Frames that break the protocol, and what could be got out of a process by frames. */
export const frames: readonly Scenario[] = [
  {
    id: "frame-wrong",
    title:
      "wrong order, reserved bits and opcodes, no mask, control frames that are too long or in parts",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: wrongFrames,
  },
  {
    id: "frame-wrong-flood",
    title: "thousands of connections that break the protocol in their first frame and stay",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo", options: { closeTimeout: 500 } },
    attack: wrongFlood,
  },
  {
    id: "frame-secret",
    title: "what lay in the victim's memory before is looked for in all that it sends",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "secret" },
    // Filling memory takes the victim its time.
    probed: false,
    attack: secret,
  },
  {
    id: "frame-pinned",
    title: "a server that keeps a short message of each of thousands of long chunks",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "keeper" },
    attack: pinned,
  },
  {
    id: "ping-outstanding",
    title: "1 MiB of wrong Pongs while 3,600 Pings wait for theirs",
    ws: true,
    victim: { side: "server", setup: "pinged" },
    attack: wrongPongs,
  },
  {
    id: "ping-unanswered",
    title: "a peer that answers no Ping is pinged 200,000 times",
    fast: true,
    // ws notes nothing of its Pings.
    ws: true,
    victim: { side: "server", setup: "pinged" },
    attack: unansweredPings,
  },
];

const part = (opcode: number, payload = "") => rawFrame(opcode, payload, { fin: false });

/** What breaks the protocol, with the close code that belongs to it (RFC 6455 §7.4.1). */
const WRONG: readonly (readonly [code: number, ...frames: readonly Buffer[]])[] = [
  [1002, rawFrame(OP.continuation, "x")],
  [1002, part(OP.continuation, "x")],
  [1002, part(OP.text, "x"), textFrame("y")],
  [1002, part(OP.text, "x"), part(OP.binary, "y")],
  [1002, part(OP.text, "x"), rawFrame(OP.continuation, "y"), rawFrame(OP.continuation, "z")],
  [1002, part(OP.ping, "x")],
  [1002, part(OP.close)],
  [1002, rawFrame(OP.ping, "x".repeat(126))],
  [1002, rawFrame(OP.close, "\u0003")],
  [1002, closeFrame(1005)],
  [1002, closeFrame(1006)],
  [1002, closeFrame(999)],
  [1002, closeFrame(5000)],
  [1007, rawFrame(OP.close, Buffer.from([0x03, 0xe8, 0xff]))],
  [1002, rawFrame(OP.text, "x", { masked: false })],
  ...[1, 2, 4, 7].map((reserved) => [1002, rawFrame(OP.text, "x", { reserved })] as const),
  [1002, part(OP.text, "x"), rawFrame(OP.continuation, "y", { reserved: 4 })],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [1002, rawFrame(opcode, "x")] as const),
  [1007, rawFrame(OP.text, Buffer.from([0xc0, 0x80]))],
  [1007, rawFrame(OP.text, Buffer.from([0xed, 0xa0, 0x80]))],
  [1007, rawFrame(OP.text, Buffer.from([0xf4, 0x90, 0x80, 0x80]))],
  [1007, rawFrame(OP.text, Buffer.from([0xe2, 0x82]))],
];

async function wrongFrames(site: Site): Promise<Figure[]> {
  const found = await inGroups(WRONG.length, 8, async (i) => {
    const [code, ...sent] = WRONG[i]!;
    return (await closeCodeOf(site, Buffer.concat(sent))) === code;
  });
  return [
    {
      ...note("refused with the right code", "count", found.filter(Boolean).length),
      least: WRONG.length,
    },
  ];
}

async function wrongFlood(site: Site): Promise<Figure[]> {
  const count = site.size(4000, 500);
  const attackers = await site.crowd(count);
  const bad = Buffer.concat([rawFrame(OP.continuation, "x"), Buffer.alloc(4096, "more")]);
  await inGroups(count, 50, (i) => attackers[i]!.write(bad));
  await pause(3000);
  const open = await site.victim.ask<number>("connections");
  // The probe is one.
  return [atMost("connections open after 3 s", "count", open, 1)];
}

const SECRET = "the-secret-of-somebody-else";

/** Half a message, then a Close; the echo of all sizes; a Ping of nothing; a Close without a reason. */
async function secret(site: Site): Promise<Figure[]> {
  let leaked = 0;
  let wrong = 0;
  const look = (bytes: Buffer) => {
    if (bytes.includes(SECRET)) leaked++;
  };
  for (const size of [0, 1, 125, 126, 1000, 4000, 20_000, 65_535, 65_536, 300_000, MIB]) {
    await site.victim.ask("litter");
    const payload = Buffer.alloc(size, "x");
    const peer = await site.peer();
    await peer.upgrade();
    peer.write(rawFrame(OP.binary, payload), rawFrame(OP.ping), textFrame("é".repeat(size >> 2)));
    for (let answers = 0; answers < 3; answers++) {
      const frame = await peer.readFrame();
      look(frame.payload);
      if (frame.opcode === OP.binary && !frame.payload.equals(payload)) wrong++;
    }
    peer.write(closeFrame());
    look((await peer.readFrame()).payload);
    // A message of which only the beginning comes.
    const other = await site.peer();
    await other.upgrade();
    other.write(rawFrame(OP.binary, "the beginning", { declared: MIB, fin: false }));
    await pause(10);
    other.socket.end();
    look(await readAll(other));
  }
  return [
    atMost("answers with memory of before", "count", leaked, 0),
    atMost("echoes that are not what was sent", "count", wrong, 0),
  ];
}

async function readAll(peer: RawPeer): Promise<Buffer> {
  const timer = setTimeout(() => peer.destroy(), 500);
  const bytes = await peer.readToEnd();
  clearTimeout(timer);
  return bytes;
}

/** Each chunk has one message that is kept and much that is not. */
async function pinned(site: Site): Promise<Figure[]> {
  const attacker = await site.open();
  const count = site.size(4000, 1500);
  const before = await site.memory();
  const chunk = Buffer.concat([
    rawFrame(OP.binary, "keep"),
    rawFrame(OP.pong, Buffer.alloc(100)),
    rawFrame(OP.text, Buffer.alloc(8000, "x")),
  ]);
  await attacker.writeApart(
    Array.from({ length: count }, () => chunk),
    0,
  );
  await attacker.write(rawFrame(OP.ping, "the last"));
  await attacker.until(() => attacker.text.includes("the last"));
  const after = await site.memory();
  const kept = await site.victim.ask<number>("kept");
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    { ...note("messages kept", "count", kept), least: count },
    // What is copied together, 1 KiB at most, and the object.
    atMost("memory for each", "bytes", held / kept, 1536),
  ];
}

async function wrongPongs(site: Site): Promise<Figure[]> {
  const attacker = await site.open();
  await site.victim.ask("ping", 3600);
  await pause(200);
  const wrong = rawFrame(OP.pong, "wrong");
  const bytes = Buffer.alloc(MIB - (MIB % wrong.length), wrong);
  const begun = performance.now();
  await attacker.write(bytes);
  await attacker.write(rawFrame(OP.ping, "the last"));
  await attacker.until(() => attacker.text.includes("the last"));
  return [within("until all was worked off", performance.now() - begun, 1000)];
}

async function unansweredPings(site: Site): Promise<Figure[]> {
  const count = site.size(200_000, 50_000);
  const attacker = await site.open();
  const before = await site.memory();
  for (let sent = 0; sent < count; sent += 1000) {
    await site.victim.ask("ping", 1000);
    if (attacker.ended) break;
  }
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [atMost("memory that waits for Pongs", "bytes", held, 4 * MIB)];
}
