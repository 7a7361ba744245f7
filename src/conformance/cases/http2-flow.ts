/** Cases 26.5 and 26.6: flow control (RFC 9113 §6.9) and permessage-deflate over HTTP/2. */
import { constants, deflateRawSync } from "node:zlib";
import type { DeflateOffer } from "../deflate-offer.ts";
import type { Finding } from "../finding.ts";
import { MAX_FRAME, SETTING, settingsPayload, TYPE } from "../http2/frame.ts";
import { checkConnectAnswer, deflateFields } from "../http2/opening.ts";
import { type Http2Probe, openFault, StreamSocket } from "../http2/probe.ts";
import type { DataPace } from "../http2/stream.ts";
import { clientFrame } from "../probe.ts";
import { OPCODE } from "../wire/frame.ts";
import { http2Case, judged, type Numbered } from "./http2-cases.ts";

/** How long it is watched that nothing comes, in milliseconds. */
const QUIET = 300;
const HELLO = "Hello over HTTP/2";
/** Bytes in which the echo of {@link HELLO} must have come. */
const MOST_BYTES = 200;
const LARGE = 200_000;

const flow = (
  what: string,
  expectation: string,
  rule: string,
  probe: (probe: Http2Probe) => Promise<Finding>,
): Numbered => http2Case({ what, expectation, rules: [rule] }, probe);

/** A WebSocket on a connection that allows so many bytes for each stream. */
async function withWindow(probe: Http2Probe, window: number): Promise<StreamSocket> {
  const settings = [[SETTING.initialWindow, window] as const];
  return probe.open(await probe.connect({ settings, holdWindow: true }));
}

const tooMuch = (bytes: number): Finding => ({
  behavior: "FAILED",
  result: `${bytes} bytes came, more than the window.`,
});

/** Whether what was sent comes back, once the window lets it. */
async function cameBack(socket: StreamSocket) {
  const echo = await socket.message();
  return judged(
    echo?.toString() === HELLO,
    "The message came back.",
    "The message did not come back.",
  );
}

const byByte: Numbered = flow(
  "A window of 0 that is opened byte by byte",
  "Nothing comes before the window opens, then a byte for each byte of it.",
  "RFC 9113 §6.9.1",
  async (probe) => {
    const socket = await withWindow(probe, 0);
    const { session, stream } = socket;
    socket.text(HELLO);
    await session.until(() => stream.received > 0 || stream.over, QUIET);
    if (stream.received > 0) return tooMuch(stream.received);
    // A server may send Pings of its own, too.
    for (let sent = 1; sent <= MOST_BYTES && socket.messages.length === 0; sent++) {
      session.widen(stream.id, 1);
      await session.until(() => stream.received >= sent || stream.over, QUIET * 5);
      if (stream.received > sent) return tooMuch(stream.received);
    }
    return cameBack(socket);
  },
);

const bySetting: Numbered = flow(
  "A window of 0 that a later SETTINGS opens",
  "The change holds for streams that are open, too.",
  "RFC 9113 §6.9.2",
  async (probe) => {
    const socket = await withWindow(probe, 0);
    const { session, stream } = socket;
    socket.text(HELLO);
    await session.until(() => stream.received > 0 || stream.over, QUIET);
    if (stream.received > 0) return tooMuch(stream.received);
    const payload = settingsPayload([[SETTING.initialWindow, 1000]]);
    session.frame({ type: TYPE.settings, flags: 0, stream: 0, payload });
    return cameBack(socket);
  },
);

const oneBlocked: Numbered = flow(
  "One of two WebSockets without a window",
  "The other one is served.",
  "RFC 9113 §5.2.1",
  async (probe) => {
    const blocked = await withWindow(probe, 0);
    const { session } = blocked;
    const other = await probe.open(session);
    session.widen(other.stream.id, 1000);
    blocked.text(HELLO);
    const lives = await other.echoes(HELLO);
    if (blocked.stream.received > 0) return tooMuch(blocked.stream.received);
    return judged(lives, "It is served.", "It is not served.");
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

const ofConnection: Numbered = flow(
  `The echo of ${LARGE} bytes with a wide stream on a connection of 65,535 bytes`,
  "65,535 bytes come, and the rest when the window of the connection opens.",
  "RFC 9113 §6.9.1",
  async (probe) => {
    const socket = await withWindow(probe, 2 ** 20);
    const came = await stalled(socket);
    if (came > 65_535) return tooMuch(came);
    socket.session.widen(0, 2 ** 20);
    const echo = await socket.message();
    return judged(echo?.length === LARGE, "All came.", `${socket.stream.received} bytes came.`);
  },
);

const ofStream: Numbered = flow(
  `The echo of ${LARGE} bytes with a window of 20,000 bytes`,
  "20,000 bytes come, and the rest when the window opens.",
  "RFC 9113 §6.9.1",
  async (probe) => {
    const socket = await withWindow(probe, 20_000);
    socket.session.widen(0, 2 ** 20);
    const came = await stalled(socket);
    if (came > 20_000) return tooMuch(came);
    socket.session.widen(socket.stream.id, 2 ** 20);
    const echo = await socket.message();
    return judged(echo?.length === LARGE, "All came.", `${socket.stream.received} bytes came.`);
  },
);

const longFrames: Numbered = flow(
  `The echo of ${LARGE} bytes`,
  `No frame has more than ${MAX_FRAME} bytes.`,
  "RFC 9113 §4.2",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    socket.text("x".repeat(LARGE));
    const echo = await socket.message();
    if (socket.session.fault !== undefined) {
      return { behavior: "FAILED", result: `${socket.session.fault}.` };
    }
    return judged(
      echo?.length === LARGE,
      `The longest: ${socket.stream.largest}.`,
      "No echo came.",
    );
  },
);

const givesBack = (what: string, count: number, size: number): Numbered =>
  flow(
    what,
    "All come back: the server opens its windows, of the stream and of the connection, again.",
    "RFC 9113 §6.9",
    async (probe) => {
      const socket = await probe.open(await probe.connect());
      const text = "x".repeat(size);
      for (let i = 0; i < count; i++) socket.text(text);
      for (let i = 0; i < count; i++) {
        const echo = await socket.message();
        if (echo?.length !== size) return { behavior: "FAILED", result: `${i} came back.` };
      }
      return { behavior: "OK", result: `${count} came back.` };
    },
  );

const paddingCounts: Numbered = flow(
  "1000 messages with 255 bytes of padding each",
  "All come back: padding counts for the window, and is given back.",
  "RFC 9113 §6.9.1",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    for (let i = 0; i < 1000; i++) socket.text(HELLO, { padding: 255 });
    for (let i = 0; i < 1000; i++) {
      if ((await socket.message()) === undefined) {
        return { behavior: "FAILED", result: `${i} came back.` };
      }
    }
    return { behavior: "OK", result: "All came back." };
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
  http2Case(
    {
      what,
      expectation: "Comes back, compressed or not; UNIMPLEMENTED when the extension is declined.",
      rules: ["RFC 8441 §5", "RFC 7692 §6"],
    },
    async (probe) => {
      const session = await probe.connect();
      const stream = await probe.ask(session, probe.rightRequest(deflateFields(OFFER)));
      if (stream.head === undefined) {
        return { behavior: "FAILED", result: `${openFault(stream)}.` };
      }
      const opened = checkConnectAnswer(stream.head, OFFER);
      if ("refused" in opened) return { behavior: "FAILED", result: `${opened.refused}.` };
      if (opened.deflate === undefined) {
        return { behavior: "UNIMPLEMENTED", result: "permessage-deflate was not negotiated." };
      }
      const socket = new StreamSocket(session, stream);
      const payload = deflateRawSync(HELLO.repeat(20), { finishFlush: constants.Z_SYNC_FLUSH });
      stream.send(clientFrame(OPCODE.text, payload.subarray(0, -4), 4), pace);
      const echo = await socket.message();
      const text = HELLO.repeat(20);
      const right =
        echo !== undefined && (echo.toString() === text || inflates(echo, opened, text));
      return judged(right, "It came back.", "It did not come back.");
    },
  );

function inflates(
  echo: Buffer,
  { deflate }: Extract<ReturnType<typeof checkConnectAnswer>, { deflate: unknown }>,
  text: string,
): boolean {
  try {
    return deflate?.decompress(echo).toString() === text;
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
