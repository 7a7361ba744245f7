import { OP, rawFrame, textFrame } from "../../raw-peer.ts";
import { atMost, type Figure, holds, note } from "../figure.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { filled } from "./floods.ts";

/** Peers that are faster than a limit of the user's. */
export const rates: readonly Scenario[] = [
  {
    id: "rate-hold",
    title: "20,000 messages at once where 1,000 a second are allowed, and reading is held back",
    fast: true,
    ws: false,
    victim: { side: "server", setup: "echo", options: { maxMessageRate: 1000 } },
    attack: heldBack,
  },
  {
    id: "rate-close",
    title: "20,000 messages at once where 1,000 a second are allowed, or the connection is closed",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "echo",
      options: { maxMessageRate: 1000, whenRateExceeded: "close" },
    },
    attack: (site) => closed(site, filled(textFrame("x"), 20_000 * 7)),
  },
  {
    id: "rate-bytes",
    title: "8 MiB at once where 256 KiB a second are allowed, or the connection is closed",
    fast: true,
    ws: false,
    victim: {
      side: "server",
      setup: "echo",
      options: { maxByteRate: 256 * 1024, whenRateExceeded: "close" },
    },
    attack: (site) =>
      closed(site, filled(rawFrame(OP.binary, Buffer.alloc(60_000)), 8 * 1024 * 1024)),
  },
];

async function heldBack(site: Site): Promise<Figure[]> {
  const attacker = await site.open();
  attacker.received = 0;
  const begun = performance.now();
  void attacker.write(filled(textFrame("x"), 20_000 * 7));
  await attacker.endsWithin(2000);
  const seconds = (performance.now() - begun) / 1000;
  // An echo has three bytes; of what is saved up there may be a second's worth at most.
  const echoes = attacker.received / 3;
  return [
    note("echoes in 2 s", "count", echoes),
    atMost("echoes a second, the second saved up aside", "count", (echoes - 1000) / seconds, 1100),
    holds("the connection is open", !attacker.ended),
  ];
}

async function closed(site: Site, bytes: Buffer): Promise<Figure[]> {
  const attacker = await site.open();
  void attacker.write(bytes);
  const ended = await attacker.endsWithin(3000);
  return [
    holds("the connection is closed with 1008", ended && attacker.closeCode === 1008),
    note("bytes that came back", "bytes", attacker.received),
  ];
}
