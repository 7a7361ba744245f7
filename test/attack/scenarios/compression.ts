import { constants, createDeflateRaw, deflateRawSync } from "node:zlib";
import { OP, rawFrame } from "../../raw-peer.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario, VictimSpec } from "../scenario.ts";
import { inGroups, type Site } from "../site.ts";
import { filled, flood } from "./floods.ts";

const MIB = 1024 * 1024;
const OFFER = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
const LISTEN: VictimSpec = {
  side: "server",
  setup: "listen",
  options: { compression: true },
  wsOptions: { perMessageDeflate: true },
};

const ECHO: VictimSpec = { ...LISTEN, setup: "echo" };

/** Messages that cost more than their bytes (RFC 7692). */
export const compression: readonly Scenario[] = [
  {
    id: "bomb-small",
    title: "3.4 MiB of frames of 90 bytes that inflate to just under 64 KiB each",
    ws: true,
    victim: ECHO,
    deadline: 120,
    attack: (site) => floodCompressed(site, deflated(Buffer.alloc(65_500)), 3.4 * MIB),
  },
  {
    id: "bomb-blocks",
    title: "1.4 MiB of short messages that consist of final blocks",
    ws: true,
    victim: ECHO,
    deadline: 120,
    // An empty final block in fixed codes is 03 00 (RFC 1951 §3.2.6).
    attack: (site) => floodCompressed(site, Buffer.alloc(32, Buffer.from([3, 0])), 1.4 * MIB),
  },
  {
    id: "bomb-large",
    title: "ten peers with 1 MiB each that inflates to 1 GiB",
    fast: true,
    ws: true,
    victim: LISTEN,
    maxMemory: 96 * MIB,
    attack: largeBombs,
  },
  {
    id: "bomb-most",
    title: "four peers with 500 messages each that inflate to 1 MiB, the most that is allowed",
    ws: true,
    victim: LISTEN,
    maxMemory: 96 * MIB,
    deadline: 120,
    attack: (site) => floodCompressed(site, deflated(Buffer.alloc(MIB)), 500 * 1100, 4),
  },
  {
    id: "bomb-broken",
    title: "data that breaks behind 60 KiB of output, on 300 connections",
    fast: true,
    ws: true,
    victim: LISTEN,
    attack: brokenBombs,
  },
  {
    id: "deflate-window-bits",
    title: "offers with windows that there are not, twice, in quotes, and 10,000 at once",
    fast: true,
    ws: true,
    victim: LISTEN,
    attack: badOffers,
  },
  {
    id: "deflate-idle",
    title: "connections with compression that have sent one message and are idle",
    fast: true,
    ws: true,
    victim: LISTEN,
    maxMemory: 96 * MIB,
    attack: idleContexts,
  },
];

/** The payload of a compressed message (RFC 7692 §7.2.1). */
function deflated(data: Buffer): Buffer {
  return deflateRawSync(data, { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** A whole message with RSV1 set. */
function compressedFrame(payload: Uint8Array): Buffer {
  return rawFrame(OP.binary, payload, { reserved: 4 });
}

async function floodCompressed(
  site: Site,
  payload: Buffer,
  size: number,
  peers = 1,
): Promise<Figure[]> {
  const bytes = filled(compressedFrame(payload), Math.round(size));
  return await flood(site, peers, bytes, OFFER);
}

async function largeBombs(site: Site): Promise<Figure[]> {
  const bomb = compressedFrame(await deflatedZeros(1024));
  const attackers = await site.crowd(10, "/", OFFER);
  await Promise.all(
    attackers.map(async (attacker) => {
      await attacker.write(bomb);
      await attacker.endsWithin(20_000);
    }),
  );
  return [
    note("sent by the attack", "bytes", bomb.length * attackers.length),
    holds(
      "each is refused with 1009",
      attackers.every(({ closeCode }) => closeCode === 1009),
    ),
  ];
}

/** So many MiB of zeros, compressed. */
async function deflatedZeros(size: number): Promise<Buffer> {
  const deflater = createDeflateRaw({ level: 9 });
  const parts: Buffer[] = [];
  deflater.on("data", (part: Buffer) => parts.push(part));
  for (let i = 0; i < size; i++) {
    await new Promise((resolve) => deflater.write(Buffer.alloc(MIB), resolve));
  }
  await new Promise<void>((resolve) => deflater.flush(constants.Z_SYNC_FLUSH, resolve));
  return Buffer.concat(parts).subarray(0, -4);
}

async function brokenBombs(site: Site): Promise<Figure[]> {
  // Behind the zeros comes a block of type 3, of which there is none (RFC 1951 §3.2.3).
  const broken = Buffer.concat([deflated(Buffer.alloc(60_000)), Buffer.from([0xff, 0xff, 0xff])]);
  const codes = await inGroups(300, 20, async () => {
    const attacker = await site.open("/", OFFER);
    await attacker.write(compressedFrame(broken));
    await attacker.endsWithin(5000);
    attacker.destroy();
    return attacker.closeCode;
  });
  return [
    holds(
      "each is refused with 1007 or 1002",
      codes.every((code) => code === 1007 || code === 1002),
    ),
  ];
}

const BAD_OFFERS = [
  "permessage-deflate; server_max_window_bits=0",
  "permessage-deflate; server_max_window_bits=7",
  "permessage-deflate; server_max_window_bits=16",
  "permessage-deflate; server_max_window_bits=015",
  "permessage-deflate; server_max_window_bits=1e1",
  "permessage-deflate; server_max_window_bits=-8",
  "permessage-deflate; server_max_window_bits",
  "permessage-deflate; client_max_window_bits=99999999999999999999",
  "permessage-deflate; client_max_window_bits=8; client_max_window_bits=9",
  "permessage-deflate; server_no_context_takeover=1",
  'permessage-deflate; server_max_window_bits="',
  "permessage-deflate; __proto__=1; constructor",
  "__proto__",
  "constructor; prototype=toString",
];

async function badOffers(site: Site): Promise<Figure[]> {
  const values = [
    ...BAD_OFFERS,
    Array.from({ length: 700 }, () => "permessage-deflate; x").join(", "),
  ];
  let agreed = 0;
  let answered = 0;
  for (const value of values) {
    const attacker = await site.connect();
    const status = await attacker.upgrade("/", { "Sec-WebSocket-Extensions": value });
    // Declined (RFC 7692 §5.1), or refused where it breaks the grammar (RFC 6455 §9.1).
    if (status === 101 || status === 400) answered++;
    if (/^sec-websocket-extensions:/im.test(attacker.text)) agreed++;
    attacker.destroy();
  }
  return [
    atMost("bad offers that were agreed to", "count", agreed, 0),
    { ...note("declined or refused", "count", answered), least: values.length },
  ];
}

async function idleContexts(site: Site): Promise<Figure[]> {
  const count = site.size(2000, 400);
  const before = await site.memory();
  const attackers = await site.crowd(count, "/", OFFER);
  const message = compressedFrame(
    deflated(Buffer.from('{"an":"ordinary message","of":100}'.repeat(40))),
  );
  await inGroups(count, 50, async (i) => {
    await attackers[i]!.write(message);
    await attackers[i]!.write(rawFrame(OP.ping, "the last"));
    await attackers[i]!.until(() => attackers[i]!.text.includes("the last"));
  });
  const after = await site.memory();
  // The window of 4 KiB, and what an idle connection takes.
  return [
    atMost(
      "resident memory for each connection",
      "bytes",
      (after.rss - before.rss) / count,
      24 * 1024,
    ),
  ];
}
