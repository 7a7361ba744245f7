/** Flow control (RFC 9113 §6.9) and permessage-deflate over HTTP/2. */
import { constants, deflateRawSync } from "node:zlib";
import { clientFrame } from "../../drive/raw-connection.ts";
import { SETTING, settingsPayload, TYPE } from "../../http2/frame.ts";
import { checkConnectAnswer, deflateFields } from "../../http2/opening.ts";
import { type Http2Probe, openingOn, type ScriptSeen } from "../../http2/probe.ts";
import type { DataPace } from "../../http2/stream.ts";
import { StreamSocket } from "../../http2/stream-socket.ts";
import type { DeflateOffer } from "../../opening/deflate-offer.ts";
import type { Deflate } from "../../wire/deflate.ts";
import { OPCODE } from "../../wire/frame.ts";
import { http2Case, judged, type Numbered } from "./http2-cases.ts";

/** How long it is watched that nothing comes, in milliseconds. */
const QUIET = 300;
const HELLO = "Hello over HTTP/2";
/** Bytes in which the echo of {@link HELLO} must have come. */
const MOST_BYTES = 200;
const LARGE = 200_000;

/** A WebSocket on a connection that allows so many bytes for each stream. */
async function withWindow(probe: Http2Probe, window: number): Promise<StreamSocket> {
  const settings = [[SETTING.initialWindow, window] as const];
  return probe.open(await probe.connect({ settings, holdWindow: true }));
}

const tooMuch = (bytes: number): ScriptSeen => ({
  found: `${bytes} bytes came, more than the window`,
});

/** Whether what was sent comes back, once the window lets it. */
async function cameBack(socket: StreamSocket) {
  const echo = await socket.message();
  return judged(
    echo?.toString() === HELLO,
    "The message came back.",
    "the message did not come back",
  );
}

/** A message to a testee whose window is 0: nothing may come of it until the case opens the window. */
const withoutWindow = (
  what: string,
  open: (socket: StreamSocket) => Promise<ScriptSeen>,
): Numbered =>
  http2Case(what, "windowRespected", async (probe) => {
    const socket = await withWindow(probe, 0);
    const { session, stream } = socket;
    socket.text(HELLO);
    await session.until(() => stream.received > 0 || stream.over, QUIET);
    return stream.received > 0 ? tooMuch(stream.received) : open(socket);
  });

const byByte = withoutWindow("A window of 0 that is opened byte by byte", async (socket) => {
  const { session, stream } = socket;
  // A server may send Pings of its own, too.
  for (let sent = 1; sent <= MOST_BYTES && socket.messages.length === 0; sent++) {
    session.widen(stream.id, 1);
    await session.until(() => stream.received >= sent || stream.over, QUIET * 5);
    if (stream.received > sent) return tooMuch(stream.received);
  }
  return cameBack(socket);
});

const bySetting = withoutWindow("A window of 0 that a later SETTINGS opens", (socket) => {
  const payload = settingsPayload([[SETTING.initialWindow, 1000]]);
  socket.session.frame({ type: TYPE.settings, flags: 0, stream: 0, payload });
  return cameBack(socket);
});

const oneBlocked: Numbered = http2Case(
  "One of two WebSockets without a window; the other one is served",
  "streamsApart",
  async (probe) => {
    const blocked = await withWindow(probe, 0);
    const { session } = blocked;
    const other = await probe.open(session);
    session.widen(other.stream.id, 1000);
    blocked.text(HELLO);
    const lives = await other.echoes(HELLO);
    if (blocked.stream.received > 0) return tooMuch(blocked.stream.received);
    return judged(lives, "It is served.", "it is not served");
  },
);

/** What came of a long echo once nothing more comes. */
async function stalled(socket: StreamSocket): Promise<number> {
  const { session, stream } = socket;
  socket.text("x".repeat(LARGE));
  for (let before = -1; before !== stream.received && !stream.over; ) {
    before = stream.received;
    await session.until(() => stream.received !== before || stream.over, QUIET);
  }
  return stream.received;
}

const ofConnection: Numbered = http2Case(
  `The echo of ${LARGE} bytes with a wide stream on a connection of 65,535 bytes`,
  "windowRespected",
  async (probe) => {
    const socket = await withWindow(probe, 2 ** 20);
    const came = await stalled(socket);
    if (came > 65_535) return tooMuch(came);
    socket.session.widen(0, 2 ** 20);
    const echo = await socket.message();
    return judged(echo?.length === LARGE, "All came.", `${socket.stream.received} bytes came`);
  },
);

const ofStream: Numbered = http2Case(
  `The echo of ${LARGE} bytes with a window of 20,000 bytes`,
  "windowRespected",
  async (probe) => {
    const socket = await withWindow(probe, 20_000);
    socket.session.widen(0, 2 ** 20);
    const came = await stalled(socket);
    if (came > 20_000) return tooMuch(came);
    socket.session.widen(socket.stream.id, 2 ** 20);
    const echo = await socket.message();
    return judged(echo?.length === LARGE, "All came.", `${socket.stream.received} bytes came`);
  },
);

const longFrames: Numbered = http2Case(
  `The echo of ${LARGE} bytes, in frames of no more than 16,384`,
  "frameSize",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    socket.text("x".repeat(LARGE));
    const echo = await socket.message();
    if (socket.session.fault !== undefined) {
      return { found: socket.session.fault };
    }
    return judged(echo?.length === LARGE, `The longest: ${socket.stream.largest}.`, "no echo came");
  },
);

const givesBack = (what: string, count: number, size: number): Numbered =>
  http2Case(what, "windowGivenBack", async (probe) => {
    const socket = await probe.open(await probe.connect());
    const text = "x".repeat(size);
    for (let i = 0; i < count; i++) socket.text(text);
    for (let i = 0; i < count; i++) {
      const echo = await socket.message();
      if (echo?.length !== size) return { found: `${i} came back` };
    }
    return { said: `${count} came back.` };
  });

const paddingCounts: Numbered = http2Case(
  "1000 messages with 255 bytes of padding each",
  "windowGivenBack",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    for (let i = 0; i < 1000; i++) socket.text(HELLO, { padding: 255 });
    for (let i = 0; i < 1000; i++) {
      if ((await socket.message()) === undefined) {
        return { found: `${i} came back` };
      }
    }
    return { said: "All came back." };
  },
);

/** Cases 26.5. */
export const FLOW: readonly Numbered[] = [
  byByte,
  bySetting,
  oneBlocked,
  ofConnection,
  ofStream,
  longFrames,
  givesBack("20 messages of 50,000 bytes", 20, 50_000),
  givesBack("20,000 messages of 17 bytes", 20_000, 17),
  paddingCounts,
];

const OFFER: DeflateOffer = [{ noTakeover: false, bits: 0 }];

const compressed = (what: string, pace: DataPace): Numbered =>
  http2Case(what, "http2Deflate", async (probe) => {
    const session = await probe.connect();
    const stream = await probe.ask(session, probe.rightRequest(deflateFields(OFFER)));
    const opening = openingOn(stream);
    if (opening.is !== "open") return { opening, found: `a right request was not served` };
    const opened = checkConnectAnswer(stream.head!, OFFER);
    if ("refused" in opened) return { found: opened.refused };
    if (opened.deflate === undefined) return { agreed: "no" };
    const socket = new StreamSocket(session, stream);
    const text = HELLO.repeat(20);
    const payload = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
    stream.send(clientFrame(OPCODE.text, payload.subarray(0, -4), 4), pace);
    const echo = await socket.message();
    const right =
      echo !== undefined && (`${echo}` === text || inflates(echo, opened.deflate, text));
    return judged(right, "It came back.", "it did not come back");
  });

function inflates(echo: Buffer, deflate: Deflate, text: string): boolean {
  try {
    return deflate.decompress(echo).toString() === text;
  } catch {
    return false;
  }
}

/** Cases 26.6. */
export const COMPRESSED: readonly Numbered[] = [
  compressed("A compressed message", {}),
  compressed("A compressed message in DATA frames of one byte", { chop: 1 }),
  compressed("A compressed message in DATA frames with padding", { chop: 7, padding: 9 }),
];
