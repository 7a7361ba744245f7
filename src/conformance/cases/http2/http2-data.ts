/** Messages in DATA frames of any shape, and how a stream ends. */
import { clientFrame } from "../../drive/raw-connection.ts";
import { ERROR, FLAG, TYPE } from "../../http2/frame.ts";
import { endOf } from "../../http2/probe.ts";
import type { DataPace } from "../../http2/stream.ts";
import { ANSWER_WAIT, type StreamSocket } from "../../http2/stream-socket.ts";
import { meets, weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { OPCODE } from "../../wire/frame.ts";
import { http2Case, type Numbered } from "./http2-cases.ts";

const HELLO = "Hello over HTTP/2";
const NOTHING = Buffer.alloc(0);

/** Messages that must come back, whatever frames of HTTP/2 they are in. */
const carried = (
  what: string,
  rule: RuleName,
  send: (socket: StreamSocket) => void,
  expected: readonly string[] = [HELLO],
): Numbered =>
  http2Case(what, rule, async (probe) => {
    const socket = await probe.open(await probe.connect());
    send(socket);
    for (const text of expected) {
      const echo = await socket.message();
      if (echo === undefined) return { found: socket.lost };
      if (echo.toString() !== text) return { found: "other bytes came back" };
    }
    return { said: `Messages that came back: ${expected.length}.` };
  });

/** Frame by frame: the WebSocket frames of a text in DATA frames of their own. */
const inFrames = (pace: DataPace) => (socket: StreamSocket) => socket.text(HELLO, pace);

const everyPlace = (socket: StreamSocket) => {
  const bytes = clientFrame(OPCODE.text, HELLO);
  for (let i = 1; i < bytes.length; i++) {
    socket.stream.send(bytes.subarray(0, i));
    socket.stream.send(bytes.subarray(i));
  }
};

const betweenEmpty = (socket: StreamSocket) => {
  for (const byte of clientFrame(OPCODE.text, HELLO)) {
    socket.stream.send(NOTHING);
    socket.stream.send(Buffer.from([byte]));
    socket.stream.send(NOTHING);
  }
};

const betweenOthers = ({ session, stream }: StreamSocket) => {
  const ping = { type: TYPE.ping, flags: 0, stream: 0, payload: Buffer.from("between!") };
  const unknown = { type: 0xfa, flags: 0xff, stream: stream.id, payload: Buffer.from("?") };
  const priority = {
    type: TYPE.priority,
    flags: 0,
    stream: stream.id,
    payload: Buffer.from([0, 0, 0, 0, 15]),
  };
  for (const byte of clientFrame(OPCODE.text, HELLO)) {
    stream.send(Buffer.from([byte]));
    for (const frame of [ping, unknown, priority]) session.frame(frame);
  }
};

const tooPadded: Numbered = http2Case(
  "DATA whose padding is longer than the frame",
  "paddingTooLong",
  async (probe) => {
    const { session, stream } = await probe.open(await probe.connect());
    const payload = Buffer.from([200, 1, 2, 3]);
    session.frame({ type: TYPE.data, flags: FLAG.padded, stream: stream.id, payload });
    await session.until(() => session.goaway !== undefined, ANSWER_WAIT);
    return { opening: { is: "open" }, stream: endOf(session, stream) };
  },
  [
    meets({ goaway: [ERROR.protocol] }, "The connection was ended with PROTOCOL_ERROR."),
    // §5.4: any applicable code may be used.
    meets({ goaway: "any" }, "The connection was ended with an error."),
    weakens({ connectionEnded: true }, "The connection was ended without GOAWAY."),
  ],
);

const places = clientFrame(OPCODE.text, HELLO).length - 1;
const large = "x".repeat(100_000);

/** Cases 26.3. */
export const DATA: readonly Numbered[] = [
  carried("A message in DATA frames of one byte", "dataIsBytes", inFrames({ chop: 1 })),
  carried(
    "A message cut in two DATA frames at every place",
    "dataIsBytes",
    everyPlace,
    Array.from({ length: places }, () => HELLO),
  ),
  carried("A message between empty DATA frames", "emptyData", betweenEmpty),
  carried("DATA with padding of one byte", "padding", inFrames({ padding: 1 })),
  carried("DATA with padding of 255 bytes", "padding", inFrames({ padding: 255 })),
  carried("DATA with padding of no bytes", "padding", inFrames({ padding: 0 })),
  carried(
    "100 messages in one DATA frame",
    "dataIsBytes",
    ({ stream }) =>
      stream.send(
        Buffer.concat(Array.from({ length: 100 }, () => clientFrame(OPCODE.text, HELLO))),
      ),
    Array.from({ length: 100 }, () => HELLO),
  ),
  carried(
    "A message of 100,000 bytes in DATA frames of 16,384",
    "windowGivenBack",
    (socket) => socket.text(large),
    [large],
  ),
  carried(
    "PING, PRIORITY and frames of an unknown type between DATA frames",
    "otherFrames",
    betweenOthers,
  ),
  tooPadded,
];
