import {
  connectFields,
  connectFrame,
  FRAME,
  http2Frame,
  INITIAL_WINDOW,
  numberFrame,
  PREFACE,
  settingsFrame,
} from "../../http2-frames.ts";
import { OP, rawFrame, textFrame } from "../../raw-peer.ts";
import { atLeast, atMost, type Figure, holds, note } from "../figure.ts";
import type { Http2Attacker } from "../http2-attacker.ts";
import type { Scenario } from "../scenario.ts";
import { comes, inGroups, pause, type Site } from "../site.ts";

const MIB = 1024 * 1024;
/** Streams that a session may have unless the server is told otherwise. */
const STREAMS = 256;
/** The longest payload of a frame (RFC 9113 §4.2), and what a server may send on a stream at first (§6.9.2). */
const MAX_FRAME = 16_384;
const FIRST_WINDOW = 65_535;
const LARGEST_WINDOW = 2 ** 31 - 1;
const CANCEL = 8;
const PING = http2Frame(FRAME.ping, 0, "12345678");

/** Streams that hold something. ws has no HTTP/2, so nobody is attacked beside this library. */
export const http2Streams: readonly Scenario[] = [
  {
    id: "http2-silent",
    title: "HTTP/2: 500 sessions that ask for nothing, or begin a request and do not end it",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { handshakeTimeout: 500 }, http2: true },
    attack: silentSessions,
  },
  {
    id: "http2-silent-streams",
    title: "HTTP/2: 2,048 WebSockets on 8 sessions that say nothing and answer no Ping",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "echo",
      options: { heartbeatInterval: 1000, heartbeatTimeout: 1000 },
      http2: true,
    },
    maxMemory: 96 * MIB,
    attack: silentStreams,
  },
  {
    id: "http2-unread-session",
    title: "HTTP/2: 10 peers reset their streams and read nothing of what was on its way",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "feed",
      // node:http2 reads nothing while the system takes nothing of it: not the resets either.
      options: { sendTimeout: 1000 },
      http2: { idleTimeout: 500 },
    },
    attack: unreadSessions,
  },
  {
    id: "http2-unread-stream",
    title: "HTTP/2: one stream is not read while 100 others of its session live",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", http2: true },
    attack: unreadStream,
  },
  {
    id: "http2-window-zero",
    title: "HTTP/2: 256 streams whose window is 0 for ever have 64 KiB each echoed",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { sendTimeout: 1000 }, http2: true },
    attack: windowZero,
  },
  {
    id: "http2-window-zero-refused",
    title: "HTTP/2: 256 requests that are refused, by a peer whose window for the answer is 0",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", http2: true },
    attack: windowZeroRefused,
  },
  {
    id: "http2-read-ahead",
    title: "HTTP/2: 256 streams that the program does not read are filled to their windows",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "unread",
      options: { maxTotalBuffered: 16 * MIB },
      http2: true,
    },
    attack: readAhead,
  },
  {
    id: "http2-early-data",
    title: "HTTP/2: 256 requests that nobody answers send as much as their windows let through",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "undecided",
      options: { maxTotalBuffered: 16 * MIB },
      http2: true,
    },
    attack: earlyData,
  },
];

/** Messages of a WebSocket as DATA of a stream, in frames of the size that every peer takes. */
function dataFrames(stream: number, bytes: Buffer): Buffer {
  const count = Math.ceil(bytes.length / MAX_FRAME);
  return Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      http2Frame(FRAME.data, stream, bytes.subarray(i * MAX_FRAME, (i + 1) * MAX_FRAME)),
    ),
  );
}

async function silentSessions(site: Site): Promise<readonly Figure[]> {
  const before = site.victim.descriptors;
  const half = http2Frame(FRAME.headers, 1, connectFields());
  await inGroups(500, 100, async (i) => {
    const attacker = await site.connect();
    // END_HEADERS is missing: CONTINUATION could follow for ever.
    await attacker.write(Buffer.concat([PREFACE, settingsFrame(), ...(i % 2 ? [half] : [])]));
  });
  const gone = await comes(() => site.victim.descriptors <= before, 6000);
  return [holds("all are closed within 6 s", gone)];
}

async function silentStreams(site: Site): Promise<readonly Figure[]> {
  const sessions = site.size(8, 4);
  const open = () => site.victim.ask<number>("connections");
  const others = await open();
  const before = await site.memory();
  const all: Http2Attacker[] = [];
  for (let i = 0; i < sessions; i++) {
    const session = await site.session();
    await session.open(STREAMS);
    all.push(session);
  }
  const after = await site.memory();
  const count = sessions * STREAMS;
  const begun = performance.now();
  while ((await open()) > others && performance.now() - begun < 10_000) await pause(50);
  return [
    atMost("resident memory for each", "bytes", (after.rss - before.rss) / count, 24 * 1024),
    note("until all were closed", "ms", performance.now() - begun),
    atMost("still open after 10 s", "count", (await open()) - others, 0),
  ];
}

async function unreadSessions(site: Site): Promise<readonly Figure[]> {
  const before = site.victim.descriptors;
  const sessions: [Http2Attacker, number][] = [];
  for (let i = 0; i < 10; i++) {
    const session = await site.session([INITIAL_WINDOW, LARGEST_WINDOW]);
    const [stream = 0] = await session.open(1);
    session.attacker.stopReading();
    // Until the system takes no more of it.
    await site.victim.ask("feed", { count: 1, size: 64 * 1024 });
    sessions.push([session, stream]);
  }
  for (const [session, stream] of sessions) {
    await session.write(numberFrame(FRAME.reset, stream, CANCEL));
  }
  const gone = await comes(() => site.victim.descriptors <= before, 6000);
  return [holds("all are closed within 6 s", gone)];
}

async function unreadStream(site: Site): Promise<readonly Figure[]> {
  const session = await site.session([INITIAL_WINDOW, FIRST_WINDOW]);
  const [held = 0, ...others] = await session.open(101);
  // It sends on, until its own window is full: its echoes go nowhere.
  await session.write(dataFrames(held, rawFrame(OP.binary, Buffer.alloc(200_000))));
  const message = textFrame("0123456789");
  const rounds = site.size(500, 100);
  for (let round = 1; round <= rounds; round++) {
    await session.write(
      Buffer.concat(others.map((stream) => http2Frame(FRAME.data, stream, message))),
    );
    await session.until(() =>
      others.every((stream) => session.streams.get(stream)!.received >= round * 12),
    );
  }
  const echoed = others.map((stream) => session.streams.get(stream)!.received);
  return [
    atLeast("bytes echoed to each of the others", "bytes", Math.min(...echoed), rounds * 12),
    atMost("bytes sent to the one", "bytes", session.streams.get(held)!.received, FIRST_WINDOW),
    holds("it is still open", !session.streams.get(held)!.ended),
  ];
}

async function windowZero(site: Site): Promise<readonly Figure[]> {
  const open = () => site.victim.ask<number>("connections");
  const others = await open();
  const session = await site.session([INITIAL_WINDOW, 0]);
  const streams = await session.open(STREAMS);
  for (const stream of streams) {
    await session.write(dataFrames(stream, rawFrame(OP.binary, Buffer.alloc(65_000))));
  }
  // A PING now and then, as a peer sends that wants to look alive without a byte taken.
  const pings = setInterval(() => void session.write(PING), 100);
  const begun = performance.now();
  while ((await open()) > others && performance.now() - begun < 5000) await pause(50);
  clearInterval(pings);
  return [
    holds("the session is still open", !session.ended),
    note("until all were closed", "ms", performance.now() - begun),
    atMost("still open after 5 s", "count", (await open()) - others, 0),
    atMost(
      "bytes sent",
      "bytes",
      Math.max(...[...session.streams.values()].map((s) => s.received)),
      0,
    ),
  ];
}

async function windowZeroRefused(site: Site): Promise<readonly Figure[]> {
  const session = await site.session([INITIAL_WINDOW, 0]);
  const streams = Array.from({ length: STREAMS }, () => session.nextStream());
  await session.write(Buffer.concat(streams.map((stream) => connectFrame(stream, "/nowhere"))));
  const ended = await comes(() => session.endedStreams === STREAMS, 6000);
  return [holds("all streams are ended within 6 s", ended)];
}

async function readAhead(site: Site): Promise<readonly Figure[]> {
  const session = await site.session();
  const streams = await session.open(STREAMS);
  return await fill(site, session, streams);
}

async function earlyData(site: Site): Promise<readonly Figure[]> {
  const session = await site.session();
  const streams = Array.from({ length: STREAMS }, () => session.nextStream());
  await session.write(Buffer.concat(streams.map((stream) => connectFrame(stream))));
  return await fill(site, session, streams);
}

/** Fills streams to their windows: those that hold most are to be given up when all hold too much. */
async function fill(
  site: Site,
  session: Http2Attacker,
  streams: readonly number[],
): Promise<readonly Figure[]> {
  const before = await site.memory();
  const bytes = rawFrame(OP.binary, Buffer.alloc(60_000));
  // The session's own window is given back at once, so the parts only must not be too large.
  for (let part = 0; part < 4; part++) {
    for (const stream of streams) {
      const found = session.streams.get(stream)!;
      if (!found.ended && !session.ended) await session.write(dataFrames(stream, bytes));
    }
  }
  await pause(500);
  const after = await site.memory();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return [
    note("sent", "bytes", streams.length * 4 * bytes.length),
    note("streams that were ended", "count", session.endedStreams),
    atMost("memory held, of 16 MiB allowed", "bytes", held, 20 * MIB),
  ];
}
