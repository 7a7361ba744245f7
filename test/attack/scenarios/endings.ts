import { closeFrame, OP, rawFrame, textFrame, upgradeHead } from "../../raw-peer.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { comes, inGroups, pause, type Site } from "../site.ts";

/** How connections end, and deadlines that judge whom they should. */
export const endings: readonly Scenario[] = [
  {
    id: "end-held",
    title: "peers leave while the handler that should read is busy with something else",
    fast: true,
    ws: true,
    victim: {
      side: "server",
      setup: "unread",
      options: { heartbeatInterval: 300, heartbeatTimeout: 300 },
    },
    attack: leaveHeld,
  },
  {
    id: "end-frozen-request",
    title: "requests and messages that came in time while the process stood still",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "closing" },
    probed: false,
    attack: frozenServer,
  },
  {
    id: "end-dropped",
    title: "messages that were dropped by terminate() must not count as sent",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "truth" },
    probed: false,
    attack: droppedSends,
  },
  {
    id: "end-blob",
    title: "a Blob that cannot be read, for which nobody waits, must not be lost silently",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "blob" },
    probed: false,
    attack: unreadableBlob,
  },
  {
    id: "end-heartbeat",
    title: "peers that send something behind each Ping, but no Pong",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "listen",
      options: { heartbeatInterval: 300, heartbeatTimeout: 300 },
    },
    attack: noPongs,
  },
];

/** Half of them go altogether, half end their side only and stay to see what happens. */
async function leaveHeld(site: Site): Promise<Figure[]> {
  const count = site.size(500, 100);
  const messages = Buffer.concat(Array.from({ length: 17 }, () => textFrame("a message")));
  const attackers = await site.crowd(count);
  await inGroups(count, 50, (i) => attackers[i]!.write(messages));
  await pause(200);
  attackers.forEach((attacker, i) => {
    if (i % 2 === 0) attacker.destroy();
    else attacker.socket.end();
  });
  let closed = 0;
  // Not all FINs come at once, and a socket has left CLOSE_WAIT before its connection is closed.
  await comes(async () => {
    closed = await site.victim.ask<number>("closed");
    return closed >= count && site.victim.socketsIn("08") === 0;
  }, 15_000);
  return [
    atMost("sockets in CLOSE_WAIT after 15 s", "count", site.victim.socketsIn("08"), 0),
    { ...note("connections that were told of it", "count", closed), least: count },
  ];
}

/**
 * Does `meanwhile` while the victim stands still, until its deadlines of 400 ms have passed: stopped as
 * by a debugger, or busy as with a long job.
 */
async function frozen(site: Site, stopped: boolean, meanwhile: () => Promise<unknown>) {
  if (!stopped) {
    const blocked = site.victim.ask("block", 700);
    await pause(100);
    await meanwhile();
    await blocked;
    return;
  }
  site.victim.freeze();
  try {
    await meanwhile();
    await pause(600);
  } finally {
    site.victim.thaw();
  }
}

async function frozenServer(site: Site): Promise<Figure[]> {
  const times = site.size(6, 2);
  let opened = 0;
  let echoed = 0;
  let closed = 0;
  for (let i = 0; i < times; i++) {
    const stopped = i % 2 === 0;
    const head = upgradeHead();
    const attacker = await site.connect();
    await attacker.write(head.slice(0, 40));
    await pause(50);
    await frozen(site, stopped, () => attacker.write(head.slice(40)));
    if ((await attacker.status()) !== 101) continue;
    opened++;
    await attacker.write(rawFrame(OP.text, "half ", { fin: false }));
    await pause(50);
    await frozen(site, stopped, () => attacker.write(rawFrame(OP.continuation, "whole")));
    await attacker.until(
      () => attacker.text.includes("half whole") || attacker.closeCode !== undefined,
    );
    if (attacker.text.includes("half whole")) echoed++;
    await site.victim.ask("close");
    await frozen(site, stopped, async () => {
      await attacker.write(closeFrame(1000));
      attacker.socket.end();
    });
    if ((await site.victim.ask<string>("ended")) === "") closed++;
    attacker.destroy();
  }
  return [
    { ...note("requests served", "count", opened), least: times },
    { ...note("messages taken", "count", echoed), least: times },
    { ...note("closes without an error", "count", closed), least: times },
  ];
}

async function droppedSends(site: Site): Promise<Figure[]> {
  const kinds = [
    { count: 1, size: 1 },
    { count: 40, size: 10_000 },
    { count: 1, size: 300_000 },
  ];
  const figures: Figure[] = [];
  for (const kind of kinds) {
    const attacker = await site.open();
    attacker.received = 0;
    const fulfilled = await site.victim.ask<number>("drop", kind);
    await attacker.endsWithin(2000);
    const { count, size } = kind;
    // Each has a header of at least two bytes.
    const arrived = Math.floor(attacker.received / (size + 2));
    figures.push(
      atMost(`of ${count} × ${size} bytes, fulfilled but lost`, "count", fulfilled - arrived, 0),
    );
  }
  return figures;
}

async function unreadableBlob(site: Site): Promise<Figure[]> {
  const attacker = await site.open();
  const asked = site.victim.ask<string>("blob");
  const ended = await attacker.endsWithin(2000);
  const code = attacker.closeCode;
  attacker.destroy();
  const error = await asked;
  return [
    holds("the connection is failed with 1011", ended && code === 1011),
    holds("`closed` has the error", error !== ""),
  ];
}

async function noPongs(site: Site): Promise<Figure[]> {
  const attackers = await site.crowd(20);
  const begun = performance.now();
  const talk = setInterval(() => {
    for (const attacker of attackers) attacker.socket.write(textFrame("I am here"));
    // Longer than the silence behind which it is pinged.
  }, 450);
  await comes(() => attackers.every(({ ended }) => ended), 4000);
  clearInterval(talk);
  return [
    note("until all were closed", "ms", performance.now() - begun),
    atMost("still open after 4 s", "count", attackers.filter(({ ended }) => !ended).length, 0),
  ];
}
