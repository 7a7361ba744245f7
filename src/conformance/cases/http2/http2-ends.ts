/** How streams of HTTP/2 end, and what that is to the others on the connection. */
import { clientFrame } from "../../drive/raw-connection.ts";
import { ERROR, TYPE, uint32 } from "../../http2/frame.ts";
import { endOf, type Http2Probe, type ScriptSeen } from "../../http2/probe.ts";
import { ANSWER_WAIT, type StreamSocket } from "../../http2/stream-socket.ts";
import { meets, type Outcome, weakens } from "../../outcome.ts";
import { closePayload, OPCODE } from "../../wire/frame.ts";
import { FINDS_NOTHING, http2Case, judged, type Numbered } from "./http2-cases.ts";

const HELLO = "Hello over HTTP/2";

/** RFC 9113 §5.4.1: "An endpoint can end a connection at any time." */
const NO_STREAM_IS_LOST: readonly Outcome[] = [
  ...FINDS_NOTHING,
  weakens({ connectionEnded: true }, "The connection was ended, and with it every other stream."),
];

/** What was found, and whether the connection is still there. */
const withConnection = (seen: ScriptSeen, { session, stream }: StreamSocket): ScriptSeen => ({
  ...seen,
  stream: endOf(session, stream),
});

/** What must be so after one WebSocket of two has come to its end. */
async function otherLives(other: StreamSocket): Promise<ScriptSeen> {
  const lives = await other.echoes("still here");
  const seen = judged(lives, "The other one is served.", `the other one: ${other.lost}`);
  return withConnection(seen, other);
}

/** Two WebSockets on one connection; something is done to the first. */
const beside = (
  what: string,
  harm: (socket: StreamSocket) => Promise<unknown> | undefined,
): Numbered =>
  http2Case(
    `${what}; another WebSocket on the connection goes on`,
    "streamsApart",
    async (probe) => {
      const session = await probe.connect();
      const first = await probe.open(session);
      const second = await probe.open(session);
      await harm(first);
      return otherLives(second);
    },
    NO_STREAM_IS_LOST,
  );

async function closed(probe: Http2Probe, end: boolean) {
  const socket = await probe.open(await probe.connect());
  socket.stream.send(clientFrame(OPCODE.close, closePayload(1000)), {}, end);
  await socket.session.until(() => socket.stream.over, ANSWER_WAIT);
  return socket;
}

const closing: Numbered = http2Case(
  "The closing handshake",
  "streamEnds",
  async (probe) => {
    const { closeCode, session, stream } = await closed(probe, false);
    const answered = closeCode !== undefined ? {} : { found: "Close was not answered" };
    const open = stream.over ? {} : { found: "the stream stayed open" };
    return { ...answered, ...open, stream: endOf(session, stream) };
  },
  [
    weakens({ nothingFound: true, streamReset: "any" }, "The stream was reset, not ended."),
    meets({ nothingFound: true }, "The stream was ended."),
  ],
);

const closingAtOnce: Numbered = http2Case(
  "Close and END_STREAM in one frame",
  "streamEnds",
  async (probe) => {
    const { stream, closeCode } = await closed(probe, true);
    if (!stream.over) return { found: "the stream stayed open" };
    return judged(closeCode !== undefined, "Answered and ended.", "Close was not answered");
  },
);

/** The client ends its side; the server must end its own, and leave the connection. */
const endedBy = (what: string, end: (socket: StreamSocket) => void): Numbered =>
  http2Case(
    what,
    "streamEnds",
    async (probe) => {
      const socket = await probe.open(await probe.connect());
      const { session, stream } = socket;
      end(socket);
      const over = await session.until(() => stream.over, ANSWER_WAIT);
      if (!over) return { found: "the server left its side open" };
      const lives = await session.ping(ANSWER_WAIT);
      return withConnection(judged(lives, "Ended.", "the connection was ended, too"), socket);
    },
    NO_STREAM_IS_LOST,
  );

const violating = (socket: StreamSocket) => {
  socket.stream.send(clientFrame(OPCODE.text, HELLO, 7));
  return socket.session.until(() => socket.stream.over, ANSWER_WAIT);
};

const failing: Numbered = http2Case(
  "A frame with reserved bits",
  "http2Failed",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    if (!(await violating(socket))) return { found: "the stream stayed open" };
    const lives = await socket.session.ping(ANSWER_WAIT);
    const seen = judged(lives, "The WebSocket was failed.", "the connection was ended, too");
    return withConnection(seen, socket);
  },
  NO_STREAM_IS_LOST,
);

const interleaved: Numbered = http2Case(
  "Two WebSockets whose messages come in turns of one byte",
  "streamsApart",
  async (probe) => {
    const session = await probe.connect();
    const sockets = [await probe.open(session), await probe.open(session)];
    const frames = sockets.map((_, i) => clientFrame(OPCODE.text, `message ${i}`));
    for (let at = 0; at < frames[0]!.length; at++) {
      sockets.forEach((socket, i) => {
        socket.stream.send(frames[i]!.subarray(at, at + 1));
      });
    }
    const echoes = [await sockets[0]!.message(), await sockets[1]!.message()];
    const right = echoes.every((echo, i) => echo?.toString() === `message ${i}`);
    return judged(right, "Both came back.", `came back: ${echoes.join(", ") || "nothing"}`);
  },
);

const twenty: Numbered = http2Case(
  "20 WebSockets on one connection",
  "streamsApart",
  async (probe) => {
    const session = await probe.connect();
    const sockets: StreamSocket[] = [];
    for (let i = 0; i < 20; i++) sockets.push(await probe.open(session));
    for (const [i, socket] of sockets.entries()) {
      if (!(await socket.echoes(`number ${i}`))) return { found: `number ${i}: ${socket.lost}` };
    }
    return { said: "All echo." };
  },
);

const goingAway: Numbered = http2Case(
  "GOAWAY of the client with a WebSocket open",
  "goawayOfClient",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    const payload = Buffer.concat([uint32(0), uint32(ERROR.none)]);
    socket.session.frame({ type: TYPE.goaway, flags: 0, stream: 0, payload });
    return judged(await socket.echoes(HELLO), "It goes on.", socket.lost);
  },
);

/** Cases 26.4. */
export const ENDS: readonly Numbered[] = [
  closing,
  closingAtOnce,
  endedBy("END_STREAM without Close", ({ stream }) => stream.end()),
  endedBy("END_STREAM within a frame", ({ stream }) =>
    stream.send(clientFrame(OPCODE.text, HELLO).subarray(0, 9), {}, true),
  ),
  failing,
  beside("RST_STREAM with CANCEL", (socket) => {
    socket.stream.reset(ERROR.cancel);
    return undefined;
  }),
  beside("A message cut off by RST_STREAM", (socket) => {
    socket.stream.send(clientFrame(OPCODE.text, HELLO).subarray(0, 9));
    socket.stream.reset(ERROR.cancel);
    return undefined;
  }),
  beside("A WebSocket that breaks the protocol", violating),
  beside("A WebSocket that is closed", (socket) => {
    socket.stream.send(clientFrame(OPCODE.close, closePayload(1000)));
    return socket.session.until(() => socket.stream.over, ANSWER_WAIT);
  }),
  interleaved,
  twenty,
  goingAway,
];
