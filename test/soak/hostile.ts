/** The hostile traffic of a soak: each kind again and again, some connections at a time. */
import { constants, deflateRawSync } from "node:zlib";
import { Attacker } from "../attack/attacker.ts";
import { ready } from "../attack/victims/control.ts";
import { frameStream } from "../fuzz/frame-streams.ts";
import { requestText } from "../fuzz/head-texts.ts";
import { Random } from "../fuzz/random.ts";
import { OP, rawFrame, textFrame } from "../raw-peer.ts";

const { port, tlsPort, seed } = JSON.parse(process.argv[2]!) as {
  port: number;
  tlsPort: number;
  seed: number;
};

const random = new Random(seed);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const BOMB = deflateRawSync(Buffer.alloc(8 * 1024 * 1024), {
  level: 9,
  finishFlush: constants.Z_SYNC_FLUSH,
}).subarray(0, -4);

/** What one connection does. It is destroyed afterwards. */
type Deed = (attacker: Attacker) => Promise<unknown>;

const open = (path: string, then: Deed, headers: Record<string, string> = {}): Deed => {
  return async (attacker) => {
    if ((await attacker.upgrade(path, headers)) === 101) await then(attacker);
  };
};

/** Each is done by so many connections at a time. */
const DEEDS: readonly (readonly [connections: number, deed: Deed, tls?: boolean])[] = [
  // Heads that are half, wrong, or never come.
  [10, (attacker) => attacker.endsWithin(7000)],
  [10, async (attacker) => void (await attacker.write(Buffer.from(requestText(random), "latin1")))],
  [5, async (attacker) => void (await attacker.write("GET /file HTTP/1.1\r\nHost: a\r\n"))],
  // TLS that begins and does not go on.
  [5, (attacker) => attacker.write(Buffer.from("1603010200010001fc0303", "hex")), true],
  // Frames that are right, wrong, or in pieces.
  [10, open("/echo", async (attacker) => attacker.write(frameStream(random, "server")))],
  [5, open("/iterate", async (attacker) => attacker.write(frameStream(random, "server")))],
  [5, open("/parts", async (attacker) => attacker.write(frameStream(random, "server")))],
  // Messages that are declared and do not come.
  [
    5,
    open("/echo", (attacker) => attacker.write(rawFrame(OP.binary, "", { declared: 1_000_000 }))),
  ],
  // A peer that reads nothing.
  [
    5,
    open("/echo", async (attacker) => {
      attacker.stopReading();
      await attacker.write(rawFrame(OP.binary, Buffer.alloc(200_000)));
      await attacker.endsWithin(random.below(40_000));
    }),
  ],
  // Floods.
  [2, open("/echo", (attacker) => attacker.write(Buffer.alloc(60_000, rawFrame(OP.ping))))],
  [2, open("/iterate", (attacker) => attacker.write(Buffer.alloc(70_000, textFrame("x"))))],
  // Bombs.
  [
    2,
    open("/deflate", (attacker) => attacker.write(rawFrame(OP.binary, BOMB, { reserved: 4 })), {
      "Sec-WebSocket-Extensions": "permessage-deflate",
    }),
  ],
  // Plain requests, some of which are not read to their end.
  [3, async (attacker) => attacker.write("GET /file HTTP/1.1\r\nHost: a\r\n\r\n")],
];

let deeds = 0;

async function repeat(deed: Deed, tls = false): Promise<never> {
  for (;;) {
    const attacker = await Attacker.connect(tls ? tlsPort : port);
    await deed(attacker);
    await pause(random.below(1000));
    if (random.once(2)) attacker.reset();
    else attacker.destroy();
    deeds++;
  }
}

for (const [connections, deed, tls] of DEEDS) {
  for (let i = 0; i < connections; i++) void repeat(deed, tls);
}
ready({ port: 0, tlsPort: 0 }, { deeds: () => deeds });
