/** The honest clients of a soak: connections of barewire's own client that come, talk and go. */
import { type Connection, type ConnectOptions, connect } from "../../src/index.ts";
import { ready } from "../attack/victims/control.ts";
import { Random } from "../fuzz/random.ts";
import { commands } from "./process-figures.ts";

const { port, tlsPort, connections, seed } = JSON.parse(process.argv[2]!) as {
  port: number;
  tlsPort: number;
  connections: number;
  seed: number;
};

/** Where connections go, and of how many of a hundred. */
const PLACES = [
  { path: "/echo", tls: false, share: 50, options: {} },
  { path: "/iterate", tls: false, share: 10, options: {} },
  { path: "/parts", tls: false, share: 5, options: {} },
  { path: "/deflate", tls: false, share: 20, options: { compression: true } },
  { path: "/echo", tls: true, share: 10, options: {} },
  { path: "/deflate", tls: true, share: 5, options: { compression: true } },
];
/** Milliseconds that a connection lives, and between two of its messages, at most. */
const LONGEST_LIFE = 120_000;
const LONGEST_PAUSE = 20_000;
const WORDS = ["soak ", '{"price":', "0123456789", "é", "\u{1f600}", "the same again "];

const random = new Random(seed);
let open = 0;
let opened = 0;
let echoes = 0;
let slowest = 0;
let stopped = false;
const faults: string[] = [];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One place of all those that are open at a time: a connection after the other. */
async function keepOpen(): Promise<void> {
  await pause(random.below(Math.min(20_000, 4 * connections)));
  while (!stopped) {
    try {
      await live();
    } catch (error) {
      fault(`${error}`);
      await pause(1000);
    }
  }
}

async function live(): Promise<void> {
  const place = choosePlace();
  const host = `127.0.0.${1 + random.below(4)}`;
  const url = place.tls ? `wss://${host}:${tlsPort}` : `ws://${host}:${port}`;
  const options: ConnectOptions = { ...place.options, tls: { rejectUnauthorized: false } };
  const ws = await connect(url + place.path, options);
  open++;
  opened++;
  try {
    const end = Date.now() + random.below(LONGEST_LIFE);
    while (Date.now() < end && !stopped) {
      await exchange(ws);
      await pause(random.below(LONGEST_PAUSE));
    }
    // Most say goodbye, some just go.
    if (random.once(10)) ws.terminate();
    else {
      const { clean, error } = await ws.close();
      if (!clean) fault(`a close was not clean: ${error?.message ?? "no reason"}`);
    }
  } finally {
    open--;
  }
}

async function exchange(ws: Connection): Promise<void> {
  const message = makeMessage();
  const begun = performance.now();
  await ws.send(message);
  for (;;) {
    const reply = await ws.receive();
    // A broadcast of the server's may come between.
    if (reply === "news" && message !== "news") continue;
    const same =
      typeof message === "string"
        ? reply === message
        : Buffer.isBuffer(reply) && reply.equals(message);
    if (!same) fault(`${message.length} came back as ${reply.length}, or otherwise`);
    break;
  }
  echoes++;
  slowest = Math.max(slowest, performance.now() - begun);
}

function makeMessage(): string | Buffer {
  const size = random.once(200)
    ? random.below(900_000)
    : random.below(random.pick([64, 1000, 20_000]));
  if (random.once(2)) return Buffer.alloc(size, random.below(256));
  const word = random.pick(WORDS);
  return word.repeat(Math.ceil(size / Buffer.byteLength(word)));
}

function choosePlace(): (typeof PLACES)[number] {
  let left = random.below(100);
  for (const place of PLACES) {
    left -= place.share;
    if (left < 0) return place;
  }
  return PLACES[0]!;
}

/** The first are told, all are counted. */
function fault(text: string): void {
  faults.push(faults.length < 20 ? text : "");
}

for (let i = 0; i < connections; i++) void keepOpen();
ready(
  { port: 0, tlsPort: 0 },
  {
    ...commands,
    counts: () => ({ open, opened, echoes, faults: faults.length }),
    /** The slowest echo since the last time, in ms. */
    slowest: () => {
      const found = slowest;
      slowest = 0;
      return found;
    },
    faults: () => faults.slice(0, 20),
    stop: () => {
      stopped = true;
    },
  },
);
