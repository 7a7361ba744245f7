import { upgradeHead } from "../../raw-peer.ts";
import type { Attacker } from "../attacker.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import { comes, inGroups, pause, type Site } from "../site.ts";

const MIB = 1024 * 1024;
const MAX_CONNECTIONS = 10;
/** Sockets beyond the limit that may be refused politely at a time. */
const MOST_REFUSALS = 64;

/** Sockets, more of them than there should be. */
export const connections: readonly Scenario[] = [
  {
    id: "connect-flood",
    title: "ten thousand connects to a server that takes ten connections",
    fast: true,
    // ws has no such limit, and node:http's own is of sockets.
    ws: false,
    victim: { side: "server", setup: "echo", options: { maxConnections: MAX_CONNECTIONS + 1 } },
    attack: (site) => connectFlood(site, false),
  },
  {
    id: "connect-flood-tls",
    title: "the same on a TLS port",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "echo",
      options: { maxConnections: MAX_CONNECTIONS + 1 },
      tls: true,
    },
    attack: (site) => connectFlood(site, true),
  },
  {
    id: "connect-address",
    title: "one address asks for a hundred connections where it may have five",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { maxConnectionsPerAddress: 5 } },
    probed: false,
    attack: oneAddress,
  },
  {
    id: "connect-rate",
    title: "one address connects a thousand times at once where ten a second are allowed",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { maxConnectionRatePerAddress: 10 } },
    probed: false,
    attack: fastAddress,
  },
  {
    id: "connect-churn",
    title: "connections that are opened and reset at once, in every phase",
    fast: true,
    ws: true,
    victim: { side: "server", setup: "echo" },
    attack: churn,
  },
  {
    id: "connect-silent",
    title: "two thousand sockets that say nothing, with 500 ms for a handshake",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { handshakeTimeout: 500 } },
    attack: (site) => lingering(site, ""),
  },
  {
    id: "connect-slow-heads",
    title: "two thousand heads that come byte by byte, with 500 ms for a handshake",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { handshakeTimeout: 500 } },
    attack: (site) => lingering(site, "GET / HTTP/1.1\r\nHost: a\r\nX: ", true),
  },
  {
    id: "connect-idle",
    title: "thousands of open connections that say nothing",
    ws: true,
    victim: { side: "server", setup: "listen" },
    maxMemory: 128 * MIB,
    attack: idle,
  },
  {
    id: "tls-silent",
    title: "500 sockets on the TLS port that begin no TLS handshake",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { handshakeTimeout: 500 }, tls: true },
    attack: (site) => silentTls(site, Buffer.alloc(0)),
  },
  {
    id: "tls-garbage",
    title: "500 sockets on the TLS port that send half a ClientHello, or none",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { handshakeTimeout: 500 }, tls: true },
    attack: (site) => silentTls(site, Buffer.from("1603010200010001fc0303", "hex")),
  },
  {
    id: "tls-flood",
    title: "500 TLS handshakes, 20 at a time, each reset once it is done",
    ws: true,
    victim: { side: "server", setup: "echo", tls: true },
    attack: tlsFlood,
  },
];

/** Opens sockets as fast as it goes, and looks at the most that the victim had at a time. */
async function connectFlood(site: Site, tls: boolean): Promise<Figure[]> {
  const { victim } = site;
  const before = victim.descriptors;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, victim.descriptors - before);
  }, 10);
  const count = site.size(10_000, 2000);
  // They stay until the victim closes them.
  const port = tls ? victim.tlsPort : victim.port;
  await inGroups(count, 500, () => site.connectTo(port));
  await pause(300);
  clearInterval(watch);
  const limit = MAX_CONNECTIONS + MOST_REFUSALS;
  await site.leave();
  await pause(100);
  return [atMost("sockets open at a time", "count", most, limit)];
}

async function oneAddress(site: Site): Promise<Figure[]> {
  const statuses = await inGroups(100, 20, async () => {
    const attacker = await site.connect();
    return await attacker.upgrade();
  });
  const opened = statuses.filter((status) => status === 101).length;
  await site.leave();
  await pause(100);
  return [atMost("connections opened", "count", opened, 5)];
}

async function fastAddress(site: Site): Promise<Figure[]> {
  // Those that have warmed the victim up were connections, too.
  await pause(2000);
  const begun = performance.now();
  const statuses = await inGroups(1000, 100, async () => {
    const attacker = await site.connect();
    const status = await attacker.upgrade();
    attacker.destroy();
    return status;
  });
  const seconds = (performance.now() - begun) / 1000;
  const opened = statuses.filter((status) => status === 101).length;
  await pause(1500);
  return [
    note("seconds", "count", seconds),
    // Those of one second at once, and those of the time that it took.
    atMost("connections opened", "count", opened, 10 + Math.ceil(10 * seconds) + 1),
  ];
}

async function churn(site: Site): Promise<Figure[]> {
  const phases: readonly ((attacker: Attacker) => Promise<unknown>)[] = [
    async () => {},
    (attacker) => attacker.write("GET / HT"),
    (attacker) => attacker.write(upgradeHead()),
    (attacker) => attacker.upgrade(),
    async (attacker) => {
      await attacker.upgrade();
      // Half a frame.
      await attacker.write(Buffer.from([0x81, 0xff, 0, 0, 0]));
    },
  ];
  const count = site.size(10_000, 2000);
  const open = () => site.victim.ask<number>("connections");
  const before = await open();
  await inGroups(count, 50, async (i) => {
    const attacker = await site.connect();
    await phases[i % phases.length]!(attacker);
    attacker.reset();
  });
  await comes(() => site.victim.socketsIn("01") <= 2, 3000);
  return [
    note("connects", "count", count),
    atMost("connections left behind", "count", (await open()) - before, 0),
  ];
}

/** Sockets with an unfinished handshake, which must be gone soon after its deadline. */
async function lingering(site: Site, head: string, dribbles = false): Promise<Figure[]> {
  const count = site.size(2000, 500);
  const before = site.victim.descriptors;
  const attackers = await inGroups(count, 100, async () => {
    const attacker = await site.connect();
    if (head !== "") await attacker.write(head);
    return attacker;
  });
  const dribble = setInterval(() => {
    if (dribbles) for (const attacker of attackers) attacker.socket.write("x");
  }, 100);
  const gone = await comes(() => site.victim.descriptors <= before, 6000);
  clearInterval(dribble);
  return [holds("all are closed within 6 s", gone)];
}

async function idle(site: Site): Promise<Figure[]> {
  const count = 5000;
  const before = await site.memory();
  await site.crowd(count);
  const after = await site.memory();
  return [atMost("resident memory for each", "bytes", (after.rss - before.rss) / count, 8 * 1024)];
}

async function silentTls(site: Site, bytes: Buffer): Promise<Figure[]> {
  const before = site.victim.descriptors;
  await inGroups(500, 100, async (i) => {
    const attacker = await site.connectTo(site.victim.tlsPort);
    if (bytes.length > 0) await attacker.write(i % 2 === 0 ? bytes : "GET / HTTP/1.1\r\n\r\n");
  });
  const gone = await comes(() => site.victim.descriptors <= before, 6000);
  return [holds("all are closed within 6 s", gone)];
}

async function tlsFlood(site: Site): Promise<Figure[]> {
  const statuses = await inGroups(500, 20, async () => {
    const attacker = await site.connect(true);
    const status = await attacker.upgrade();
    attacker.reset();
    return status;
  });
  const opened = statuses.filter((status) => status === 101).length;
  return [note("opened", "count", opened)];
}
