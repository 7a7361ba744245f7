import type { Socket } from "node:net";
import { constants, deflateRawSync } from "node:zlib";
import { accepting, answering, field } from "../../client/raw-server.ts";
import { OP, rawFrame } from "../../raw-peer.ts";
import { atMost, type Figure, note, within } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { pause, type Site } from "../site.ts";
import { accept, attempt, CLIENT, COMPRESSING, EXTENSIONS } from "./clients.ts";
import { filled } from "./floods.ts";
import { feedSlowReader } from "./slow-readers.ts";

const MIB = 1024 * 1024;

/** What hostile servers send behind a handshake that is right. */
export const clientTraffic: readonly Scenario[] = [
  {
    id: "client-slow-server",
    title: "a server that does not read is sent 4 bytes by a timer",
    fast: true,
    ws: true,
    victim: CLIENT,
    attack: slowServer,
  },
  {
    id: "client-slow-pings",
    title: "a server that does not read sends 4,000 empty Pings, one at a time",
    fast: true,
    ws: true,
    victim: CLIENT,
    attack: slowPings,
  },
  {
    id: "client-frames",
    title:
      "frames that a server must not send: masked, compressed without an agreement, in wrong order",
    fast: true,
    ws: true,
    victim: CLIENT,
    attack: wrongFrames,
  },
  {
    id: "client-flood",
    title: "2 MiB of empty messages to a client that iterates",
    ws: true,
    victim: CLIENT,
    attack: (site) => floodClient(site, filled(rawFrame(OP.text, "", { masked: false }), 2 * MIB)),
  },
  {
    id: "client-bombs",
    title: "1 MiB of frames of 90 bytes that inflate to just under 64 KiB each",
    ws: true,
    victim: COMPRESSING,
    attack: (site) => floodClient(site, filled(SMALL_BOMB, MIB), EXTENSIONS),
  },
  {
    id: "client-masks",
    title: "the keys that a client masks with, and its nonces, are looked at for a pattern",
    fast: true,
    ws: true,
    victim: CLIENT,
    attack: masks,
  },
];

const SMALL_BOMB = rawFrame(
  OP.binary,
  deflateRawSync(Buffer.alloc(65_500), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
  { masked: false, reserved: 4 },
);

async function slowServer(site: Site): Promise<Figure[]> {
  const port = await accept(site, (socket) => socket.pause());
  await attempt(site, port);
  return await feedSlowReader(site, 4);
}

/** The client has more to send than the system takes, and each Ping is a chunk of its own to it. */
async function slowPings(site: Site): Promise<Figure[]> {
  let socket: Socket | undefined;
  const port = await accept(site, (opened) => {
    socket = opened.pause();
    socket.setNoDelay(true);
  });
  await attempt(site, port);
  await site.victim.ask("feed", { count: 1, size: 32 * 1024 });
  const before = await site.memory();
  const ping = rawFrame(OP.ping, "", { masked: false });
  for (let sent = 0; sent < site.size(4000, 1500); sent++) {
    socket?.write(ping);
    await pause(1);
  }
  await pause(100);
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [atMost("memory that waits", "bytes", held, MIB)];
}

const WRONG_FRAMES = [
  rawFrame(OP.text, "x", { masked: true }),
  rawFrame(OP.text, "x", { masked: false, reserved: 4 }),
  rawFrame(OP.continuation, "x", { masked: false }),
  rawFrame(OP.ping, "x".repeat(126), { masked: false }),
  rawFrame(3, "x", { masked: false }),
];

async function wrongFrames(site: Site): Promise<Figure[]> {
  const codes: (number | undefined)[] = [];
  for (const frame of WRONG_FRAMES) {
    const port = await accept(site, (socket) => {
      socket.on("data", (chunk: Buffer) => {
        // A masked Close with a code (RFC 6455 §5.5.1).
        const code = chunk[0] === 0x88 ? chunk.readUInt16BE(6) ^ chunk.readUInt16BE(2) : undefined;
        codes.push(code);
        socket.destroy();
      });
      socket.write(frame);
    });
    await attempt(site, port);
    await site.victim.ask("ended");
  }
  const right = codes.filter((code) => code === 1002).length;
  return [{ ...note("refused with 1002", "count", right), least: WRONG_FRAMES.length }];
}

async function floodClient(site: Site, bytes: Buffer, ...lines: string[]): Promise<Figure[]> {
  let written = false;
  const port = await accept(
    site,
    (socket) => {
      socket.write(bytes, () => {
        written = true;
      });
    },
    () => lines,
  );
  await site.victim.ask("watch");
  const begun = performance.now();
  await attempt(site, port);
  let before = -1;
  for (;;) {
    const count = await site.victim.ask<number>("messages");
    if (written && count === before) break;
    before = count;
    await pause(100);
  }
  return [
    note("until all was worked off", "ms", performance.now() - begun),
    within("longest delay of its loop", await site.victim.ask<number>("delay"), 50),
  ];
}

async function masks(site: Site): Promise<Figure[]> {
  const nonces = new Set<string>();
  const count = 20_000;
  const received: Buffer[] = [];
  let size = 0;
  const port = await site.servers.tcp((socket) => {
    answering((head) => {
      nonces.add(field(head, "Sec-WebSocket-Key") ?? "");
      socket.on("data", (chunk) => {
        received.push(chunk);
        size += chunk.length;
      });
      return accepting(head);
    })(socket);
  });
  await site.victim.ask("connects", { port, count: 99 });
  await attempt(site, port);
  await site.victim.ask("send", { count, size: 4 });
  while (size < 10 * count) await pause(20);
  const keys = keysOf(Buffer.concat(received), count);
  const balance = Array.from({ length: 32 }, (_, bit) =>
    Math.abs(keys.filter((key) => ((key >>> bit) & 1) === 1).length / count - 0.5),
  );
  const steps = new Set(keys.map((key, i) => (key - (keys[i - 1] ?? 0)) >>> 0));
  return [
    { ...note("different keys of 20,000", "count", new Set(keys).size), least: 19_990 },
    { ...note("different steps between keys", "count", steps.size), least: 19_990 },
    // Six times the standard deviation of a fair coin.
    atMost("percent by which a bit is off one half", "count", 100 * Math.max(...balance), 2.2),
    { ...note("different nonces of 100", "count", nonces.size), least: 100 },
  ];
}

/** The keys of frames of 4 bytes, all zeros: 10 bytes each. */
function keysOf(bytes: Buffer, count: number): number[] {
  return Array.from({ length: count }, (_, i) => bytes.readUInt32BE(10 * i + 2));
}
