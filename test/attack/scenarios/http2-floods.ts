import {
  connectFields,
  connectFrame,
  FRAME,
  http2Frame,
  numberFrame,
  settingsFrame,
} from "../../http2-frames.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Http2Attacker } from "../http2-attacker.ts";
import type { Scenario, VictimSpec } from "../scenario.ts";
import { comes, pause, type Site } from "../site.ts";
import { filled } from "./floods.ts";

const MIB = 1024 * 1024;
const CANCEL = 8;
const ECHO: VictimSpec = { side: "server", setup: "echo", http2: true };
/** node:http2 does not read on what nghttp2 has ended for its resets: the socket goes once it has been idle. */
const SOON: VictimSpec = { ...ECHO, http2: { idleTimeout: 1000 } };
const PING = http2Frame(FRAME.ping, 0, "12345678");
const SETTINGS = settingsFrame([3, 100]);

/** Frames of HTTP/2 without end. ws has no HTTP/2, so nobody is attacked beside this library. */
export const http2Floods: readonly Scenario[] = [
  {
    id: "http2-rapid-resets",
    title: "HTTP/2: 100,000 requests for a WebSocket, each reset at once (CVE-2023-44487)",
    fast: true,
    ws: false,
    victim: SOON,
    // nghttp2 lets 1,000 of them pass before it ends the session, and what came together is worked off together.
    probed: false,
    attack: (site) => begunAndReset(site, (stream) => numberFrame(FRAME.reset, stream, CANCEL)),
  },
  {
    id: "http2-made-resets",
    title: "HTTP/2: 100,000 requests that the server has to reset itself (CVE-2025-8671)",
    fast: true,
    ws: false,
    victim: ECHO,
    attack: (site) => begunAndReset(site, overflow),
  },
  {
    id: "http2-open-resets",
    title: "HTTP/2: 10,000 WebSockets that are opened and then reset, on session after session",
    ws: false,
    victim: SOON,
    attack: openedAndReset,
  },
  {
    id: "http2-settings",
    title: "HTTP/2: 2 MiB of SETTINGS, whose answers are read",
    ws: false,
    victim: ECHO,
    attack: (site) => answered(site, SETTINGS),
  },
  {
    id: "http2-settings-unread",
    title: "HTTP/2: SETTINGS of a peer that takes none of the answers",
    fast: true,
    ws: false,
    victim: ECHO,
    attack: (site) => unanswered(site, SETTINGS),
  },
  {
    id: "http2-pings",
    title: "HTTP/2: 2 MiB of PING, whose answers are read",
    ws: false,
    victim: ECHO,
    attack: (site) => answered(site, PING),
  },
  {
    id: "http2-pings-unread",
    title: "HTTP/2: PING of a peer that takes none of the answers",
    fast: true,
    ws: false,
    victim: ECHO,
    attack: (site) => unanswered(site, PING),
  },
  {
    id: "http2-empty-data",
    title: "HTTP/2: DATA of no bytes on an open WebSocket, without end",
    fast: true,
    ws: false,
    victim: ECHO,
    attack: async (site) => {
      const { session, stream } = await oneOpen(site);
      return ends(session, filled(http2Frame(FRAME.data, stream), 2 * MIB));
    },
  },
  {
    id: "http2-continuation",
    title: "HTTP/2: a request whose CONTINUATION frames never end",
    fast: true,
    ws: false,
    victim: ECHO,
    attack: async (site) => {
      const session = await site.session();
      const stream = session.nextStream();
      const begin = http2Frame(FRAME.headers, stream, connectFields());
      const part = http2Frame(FRAME.continuation, stream, connectFields("/", [["x", "y"]]));
      return ends(session, Buffer.concat([begin, filled(part, 2 * MIB)]));
    },
  },
  {
    id: "http2-window-updates",
    title: "HTTP/2: 2 MiB of WINDOW_UPDATE, of PRIORITY and of frames that nobody knows",
    ws: false,
    victim: ECHO,
    attack: async (site) => {
      const unknown = http2Frame(0xfa, 0, "what?");
      const priority = http2Frame(FRAME.priority, 1, Buffer.from([0, 0, 0, 0, 15]));
      const update = numberFrame(FRAME.windowUpdate, 1, 1);
      const { session } = await oneOpen(site);
      return untilAnswered(session, filled(Buffer.concat([unknown, priority, update]), 2 * MIB));
    },
  },
];

/** Frames that make a server reset a stream: windows beyond what may be (RFC 9113 §6.9.1). */
function overflow(stream: number): Buffer {
  return numberFrame(FRAME.windowUpdate, stream, 2 ** 31 - 1);
}

/** Begins requests, each with a frame behind it that ends it, until the session is ended for that. */
async function begunAndReset(
  site: Site,
  reset: (stream: number) => Buffer,
): Promise<readonly Figure[]> {
  const before = await site.victim.ask<number>("connections");
  const session = await site.session();
  const count = site.size(100_000, 20_000);
  for (let sent = 0; sent < count && !session.ended; sent += 500) {
    const frames = Array.from({ length: 500 }, () => {
      const stream = session.nextStream();
      return Buffer.concat([connectFrame(stream), reset(stream)]);
    });
    await session.write(Buffer.concat(frames));
    // What the victim has said meanwhile is to be heard.
    await pause(0);
  }
  const ended = await comes(() => session.ended, 5000);
  const left = async () => (await site.victim.ask<number>("connections")) - before;
  session.attacker.destroy();
  await pause(200);
  return [
    holds("the session is ended", ended),
    atMost("connections left behind", "count", await left(), 0),
  ];
}

async function openedAndReset(site: Site): Promise<readonly Figure[]> {
  const before = await site.victim.ask<number>("connections");
  const count = 10_000;
  let sessions = 0;
  let done = 0;
  while (done < count) {
    const session = await site.session();
    sessions++;
    while (!session.ended && done < count) {
      const streams = await session.open(100);
      const resets = streams.map((stream) => numberFrame(FRAME.reset, stream, CANCEL));
      await session.write(Buffer.concat(resets));
      done += streams.length;
    }
    session.attacker.destroy();
  }
  await pause(200);
  return [
    note("sessions that it took", "count", sessions),
    atMost(
      "connections left behind",
      "count",
      (await site.victim.ask<number>("connections")) - before,
      0,
    ),
  ];
}

async function oneOpen(site: Site): Promise<{ session: Http2Attacker; stream: number }> {
  const session = await site.session();
  const [stream = 0] = await session.open(1);
  return { session, stream };
}

/** Writes frames that must not be taken for ever. */
async function ends(session: Http2Attacker, bytes: Buffer): Promise<readonly Figure[]> {
  await session.write(bytes);
  return [holds("the session is ended", await comes(() => session.ended, 5000))];
}

/** Writes frames that are each to be answered, and waits for the answers. */
async function answered(site: Site, frame: Buffer): Promise<readonly Figure[]> {
  const { session } = await oneOpen(site);
  return untilAnswered(session, filled(frame, 2 * MIB));
}

/** Writes frames and waits until they have been worked off; or for the end, which is as good. */
async function untilAnswered(session: Http2Attacker, bytes: Buffer): Promise<readonly Figure[]> {
  const begun = performance.now();
  await session.write(bytes);
  await session.ping("the last");
  return [
    note("until all was worked off", "ms", performance.now() - begun),
    note("sessions that were ended for it", "count", session.ended ? 1 : 0),
  ];
}

/** Writes frames that are each to be answered, and reads nothing: no answer may wait for ever. */
async function unanswered(site: Site, frame: Buffer): Promise<readonly Figure[]> {
  const { session } = await oneOpen(site);
  session.attacker.stopReading();
  const open = () => site.victim.ask<number>("connections");
  const before = await open();
  const late = performance.now() + 5000;
  // nghttp2 ends a session for 1,000 answers that wait at once, so the others come a few at a time.
  const bytes = filled(frame, 4096);
  let written = 0;
  const write = async (): Promise<void> => {
    while (written < 64 * MIB && !session.attacker.gone && performance.now() < late) {
      await session.write(bytes);
      written += bytes.length;
      await pause(0);
    }
  };
  // Where the victim stops reading as well, the system takes no more.
  await Promise.race([write(), pause(5000)]);
  const gone = await comes(() => session.attacker.gone, 1000);
  return [
    note("taken of it", "bytes", written),
    note("sessions that were ended for it", "count", gone ? 1 : 0),
    atMost("connections", "count", await open(), before),
  ];
}
