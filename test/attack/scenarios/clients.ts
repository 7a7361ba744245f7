import type { Socket } from "node:net";
import { constants, deflateRawSync } from "node:zlib";
import { accepting, answering, field } from "../../client/raw-server.ts";
import { OP, rawFrame } from "../../raw-peer.ts";
import { atMost, type Figure, holds, note, within } from "../figure.ts";
import type { Scenario, VictimSpec } from "../scenario.ts";
import { pause, type Site } from "../site.ts";
import type { Attempted } from "../victims/barewire-client.ts";
import { filled } from "./floods.ts";
import { feedSlowReader } from "./slow-readers.ts";

const MIB = 1024 * 1024;
const CLIENT: VictimSpec = {
  side: "client",
  setup: "client",
  options: { handshakeTimeout: 500 },
  wsOptions: { handshakeTimeout: 500, perMessageDeflate: false },
};
const COMPRESSING: VictimSpec = {
  ...CLIENT,
  options: { ...CLIENT.options, compression: true },
  wsOptions: { handshakeTimeout: 500, perMessageDeflate: true },
};

/** Hostile servers. */
export const clients: readonly Scenario[] = [
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
    id: "client-head",
    title: "answers whose head never ends, fast, slow and in a million fields",
    fast: true,
    ws: true,
    victim: CLIENT,
    deadline: 20,
    attack: endlessHeads,
  },
  {
    id: "client-no-http",
    title: "a server that speaks another protocol",
    fast: true,
    ws: true,
    victim: {
      ...CLIENT,
      options: { handshakeTimeout: 10_000 },
      wsOptions: { handshakeTimeout: 10_000 },
    },
    attack: noHttp,
  },
  {
    id: "client-answers",
    title: "101s that agree to what was not offered, with windows that there are not",
    fast: true,
    ws: true,
    victim: COMPRESSING,
    attack: wrongAnswers,
  },
  {
    id: "client-body",
    title: "a refusal with a body that never ends",
    fast: true,
    ws: true,
    victim: CLIENT,
    attack: endlessBody,
  },
  {
    id: "client-frozen",
    title: "answers that came in time while the process stood still",
    fast: true,
    ws: false,
    victim: { ...CLIENT, options: { handshakeTimeout: 400 } },
    attack: frozenClient,
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

async function attempt(site: Site, port: number): Promise<Attempted> {
  return await site.victim.ask<Attempted>("connect", port);
}

/** A server that accepts, and does `next` with the socket. */
async function accept(
  site: Site,
  next: (socket: Socket) => void,
  lines: (head: string) => string[] = () => [],
): Promise<number> {
  return await site.servers.tcp((socket) => {
    answering((head) => {
      setImmediate(next, socket);
      return accepting(head, ...lines(head));
    })(socket);
  });
}

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

/** Has a server write `next()` again and again. */
function pouring(next: () => string): (socket: Socket) => void {
  return (socket) => {
    socket.on("error", () => {});
    const pour = () => {
      while (!socket.destroyed && socket.write(next()));
    };
    socket.on("drain", pour);
    socket.once("data", pour);
  };
}

async function endlessHeads(site: Site): Promise<Figure[]> {
  const start = "HTTP/1.1 101 Switching Protocols\r\n";
  let begun = false;
  const first = (more: string) => {
    const text = begun ? more : start + more;
    begun = true;
    return text;
  };
  const oneField = await site.servers.tcp(pouring(() => first("x".repeat(65_536))));
  const manyFields = await site.servers.tcp(pouring(() => first("a: b\r\n".repeat(10_000))));
  const slow = await site.servers.tcp((socket) => {
    socket.on("error", () => {});
    socket.write(start);
    const timer = setInterval(() => socket.write("x"), 50);
    socket.on("close", () => clearInterval(timer));
  });
  const results: Attempted[] = [];
  for (const port of [oneField, manyFields, slow]) {
    begun = false;
    results.push(await attempt(site, port));
  }
  return [
    holds(
      "none is opened",
      results.every(({ error }) => error !== ""),
    ),
    within("the longest until it was given up", Math.max(...results.map(({ ms }) => ms)), 2000),
  ];
}

async function noHttp(site: Site): Promise<Figure[]> {
  const greetings = [
    "220 mail ESMTP\r\n",
    "SSH-2.0-x\r\n",
    "\x15\x03\x01\0\x02\x02\x50",
    "\0\0\0\0",
    "H\r\n",
  ];
  const results: Attempted[] = [];
  for (const greeting of greetings) {
    const port = await site.servers.tcp((socket) => {
      socket.on("error", () => {});
      socket.write(greeting, "latin1");
    });
    results.push(await attempt(site, port));
  }
  const late = results.filter(({ error, ms }) => error === "" || ms > 5000);
  return [
    atMost("noticed only at the deadline of 10 s", "count", late.length, 0),
    note("the longest", "ms", Math.max(...results.map(({ ms }) => ms))),
  ];
}

const EXTENSIONS = "Sec-WebSocket-Extensions: permessage-deflate";
const WRONG_LINES = [
  [`${EXTENSIONS}; server_max_window_bits=0`],
  [`${EXTENSIONS}; server_max_window_bits=7`],
  [`${EXTENSIONS}; server_max_window_bits=16`],
  [`${EXTENSIONS}; server_max_window_bits=99999999999`],
  [`${EXTENSIONS}; server_max_window_bits=-1`],
  [`${EXTENSIONS}; server_max_window_bits=abc`],
  [`${EXTENSIONS}; server_max_window_bits`],
  [`${EXTENSIONS}; client_max_window_bits=1`],
  [`${EXTENSIONS}; __proto__=1`],
  [`${EXTENSIONS}, permessage-deflate`],
  ["Sec-WebSocket-Extensions: x-other"],
  ["Sec-WebSocket-Protocol: not-offered"],
  ["Sec-WebSocket-Protocol: __proto__"],
];

async function wrongAnswers(site: Site): Promise<Figure[]> {
  let opened = 0;
  for (const lines of WRONG_LINES) {
    const port = await accept(
      site,
      () => {},
      () => lines,
    );
    const { error } = await attempt(site, port);
    if (error === "") opened++;
  }
  return [atMost("opened all the same", "count", opened, 0)];
}

async function endlessBody(site: Site): Promise<Figure[]> {
  let begun = false;
  const port = await site.servers.tcp(
    pouring(() => {
      const head = begun ? "" : "HTTP/1.1 403 Forbidden\r\n\r\n";
      begun = true;
      return head + "x".repeat(65_536);
    }),
  );
  const { error, ms } = await attempt(site, port);
  return [holds("it is refused", error !== ""), within("until it was given up", ms, 2000)];
}

async function frozenClient(site: Site): Promise<Figure[]> {
  const times = site.size(6, 2);
  let opened = 0;
  for (let i = 0; i < times; i++) {
    let answer = () => {};
    const port = await site.servers.tcp(
      answering((head) => {
        answer();
        return head === "" ? undefined : accepting(head);
      }),
    );
    // It asks, and stands still before it can read the answer.
    const stands = i % 2 === 0 ? "blocked" : "stopped";
    if (stands === "stopped") answer = () => site.victim.freeze();
    const attempted = site.victim.ask<Attempted>(
      stands === "blocked" ? "connectAndBlock" : "connect",
      port,
    );
    await pause(900);
    if (stands === "stopped") site.victim.thaw();
    if ((await attempted).error === "") opened++;
  }
  return [{ ...note("opened", "count", opened), least: times }];
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
