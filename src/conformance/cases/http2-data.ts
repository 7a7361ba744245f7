/** Cases 26.3 and 26.4: messages in DATA frames of any shape, and how a stream ends. */
import type { Finding } from "../finding.ts";
import { ERROR, errorName, FLAG, TYPE, uint32 } from "../http2/frame.ts";
import { ANSWER_WAIT, type Http2Probe, type StreamSocket } from "../http2/probe.ts";
import type { DataPace } from "../http2/stream.ts";
import { clientFrame } from "../probe.ts";
import { closePayload, OPCODE } from "../wire/frame.ts";
import { http2Case, judged, type Numbered } from "./http2-cases.ts";

const HELLO = "Hello over HTTP/2";
const NOTHING = Buffer.alloc(0);

/** Messages that must come back, whatever frames of HTTP/2 they are in. */
const carried = (
  what: string,
  rule: string,
  send: (socket: StreamSocket) => void,
  expected: readonly string[] = [HELLO],
): Numbered =>
  http2Case(
    { what, expectation: "Every message comes back as it was sent.", rules: [rule] },
    async (probe) => {
      const socket = await probe.open(await probe.connect());
      send(socket);
      for (const text of expected) {
        const echo = await socket.message();
        if (echo === undefined) return { behavior: "FAILED", result: lost(socket) };
        if (echo.toString() !== text)
          return { behavior: "FAILED", result: "Other bytes came back." };
      }
      return { behavior: "OK", result: `Messages that came back: ${expected.length}.` };
    },
  );

function lost({ closeCode, session, stream }: StreamSocket): string {
  if (closeCode !== undefined) return `Closed with ${closeCode ?? "no code"}.`;
  if (stream.resetCode !== undefined) return `Reset with ${errorName(stream.resetCode)}.`;
  if (session.ended) return "The connection was ended.";
  return stream.ended ? "The stream was ended." : "A message did not come back.";
}

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
  {
    what: "DATA whose padding is longer than the frame",
    expectation: "The connection is ended with PROTOCOL_ERROR.",
    rules: ["RFC 9113 §6.1"],
  },
  async (probe) => {
    const { session, stream } = await probe.open(await probe.connect());
    const payload = Buffer.from([200, 1, 2, 3]);
    session.frame({ type: TYPE.data, flags: FLAG.padded, stream: stream.id, payload });
    await session.until(() => session.goaway !== undefined, ANSWER_WAIT);
    if (session.goaway === ERROR.protocol) return { behavior: "OK", result: "PROTOCOL_ERROR." };
    if (session.goaway !== undefined || session.ended) {
      return { behavior: "NON-STRICT", result: "The connection was ended for another reason." };
    }
    return { behavior: "FAILED", result: "Nothing happened to the connection." };
  },
);

const places = clientFrame(OPCODE.text, HELLO).length - 1;
const large = "x".repeat(100_000);

/** Cases 26.3. */
export const DATA: readonly Numbered[] = [
  carried("A message in DATA frames of one byte", "RFC 8441 §5", inFrames({ chop: 1 })),
  carried(
    "A message cut in two DATA frames at every place",
    "RFC 8441 §5",
    everyPlace,
    Array.from({ length: places }, () => HELLO),
  ),
  carried("A message between empty DATA frames", "RFC 9113 §6.1", betweenEmpty),
  carried("DATA with padding of one byte", "RFC 9113 §6.1", inFrames({ padding: 1 })),
  carried("DATA with padding of 255 bytes", "RFC 9113 §6.1", inFrames({ padding: 255 })),
  carried("DATA with padding of no bytes", "RFC 9113 §6.1", inFrames({ padding: 0 })),
  carried(
    "100 messages in one DATA frame",
    "RFC 8441 §5",
    ({ stream }) =>
      stream.send(
        Buffer.concat(Array.from({ length: 100 }, () => clientFrame(OPCODE.text, HELLO))),
      ),
    Array.from({ length: 100 }, () => HELLO),
  ),
  carried(
    "A message of 100,000 bytes in DATA frames of 16,384",
    "RFC 9113 §4.2",
    (socket) => socket.text(large),
    [large],
  ),
  carried(
    "PING, PRIORITY and frames of an unknown type between DATA frames",
    "RFC 9113 §5.5",
    betweenOthers,
  ),
  tooPadded,
];

/** Ends a stream in some way, and says what became of it. */
const ending = (
  what: string,
  expectation: string,
  rule: string,
  probe: (probe: Http2Probe) => Promise<Finding>,
): Numbered => http2Case({ what, expectation, rules: [rule] }, probe);

/** What must be so after one WebSocket of two has come to its end. */
async function otherLives(other: StreamSocket): Promise<Finding> {
  const lives = await other.echoes("still here");
  return judged(lives, "The other one is served.", `The other one: ${lost(other)}`);
}

/** Two WebSockets on one connection; something is done to the first. */
const beside = (
  what: string,
  rule: string,
  harm: (socket: StreamSocket) => Promise<unknown> | undefined,
): Numbered =>
  ending(what, "Another WebSocket on the same connection goes on.", rule, async (probe) => {
    const session = await probe.connect();
    const first = await probe.open(session);
    const second = await probe.open(session);
    await harm(first);
    return otherLives(second);
  });

const closing: Numbered = ending(
  "The closing handshake",
  "Close is answered, then the stream ends with END_STREAM. A reset is NON-STRICT.",
  "RFC 8441 §5",
  async (probe) => {
    const { session, stream, ...socket } = await closed(probe, false);
    if (socket.closeCode !== 1000) {
      return {
        behavior: "FAILED",
        result: `Close was answered with ${socket.closeCode ?? "none"}.`,
      };
    }
    if (stream.ended) return { behavior: "OK", result: "END_STREAM." };
    if (stream.resetCode === undefined)
      return { behavior: "FAILED", result: "The stream stayed open." };
    return { behavior: "NON-STRICT", result: `Reset with ${errorName(stream.resetCode)}.` };
  },
);

const closingAtOnce: Numbered = ending(
  "Close and END_STREAM in one frame",
  "Close is answered, and the stream ends.",
  "RFC 8441 §5",
  async (probe) => {
    const { stream, closeCode } = await closed(probe, true);
    if (!stream.over) return { behavior: "FAILED", result: "The stream stayed open." };
    return judged(closeCode === 1000, "Answered and ended.", "Close was not answered.");
  },
);

async function closed(probe: Http2Probe, end: boolean) {
  const socket = await probe.open(await probe.connect());
  socket.stream.send(clientFrame(OPCODE.close, closePayload(1000)), {}, end);
  await socket.session.until(() => socket.stream.over, ANSWER_WAIT);
  return { session: socket.session, stream: socket.stream, closeCode: socket.closeCode };
}

const endOnly: Numbered = ending(
  "END_STREAM without Close",
  "As the end of TCP: the server ends its side, too, and the connection lives on.",
  "RFC 8441 §5",
  async (probe) => {
    const { session, stream } = await probe.open(await probe.connect());
    stream.end();
    const over = await session.until(() => stream.over, ANSWER_WAIT);
    if (!over) return { behavior: "FAILED", result: "The server left its side open." };
    return judged(await session.ping(ANSWER_WAIT), "Ended.", "The connection was ended, too.");
  },
);

const endWithin: Numbered = ending(
  "END_STREAM within a frame",
  "The server ends its side, and the connection lives on.",
  "RFC 8441 §5",
  async (probe) => {
    const { session, stream } = await probe.open(await probe.connect());
    stream.send(clientFrame(OPCODE.text, HELLO).subarray(0, 9), {}, true);
    const over = await session.until(() => stream.over, ANSWER_WAIT);
    if (!over) return { behavior: "FAILED", result: "The server left its side open." };
    return judged(await session.ping(ANSWER_WAIT), "Ended.", "The connection was ended, too.");
  },
);

const violating = (socket: StreamSocket) => {
  socket.stream.send(clientFrame(OPCODE.text, HELLO, 7));
  return socket.session.until(() => socket.stream.over, ANSWER_WAIT);
};

const failing: Numbered = ending(
  "A frame with reserved bits",
  "Close with 1002, then the end of the stream; the connection lives on.",
  "RFC 6455 §7.1.7",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    const over = await violating(socket);
    const { closeCode, session } = socket;
    if (!over) return { behavior: "FAILED", result: "The stream stayed open." };
    if (closeCode !== 1002 && closeCode !== undefined) {
      return { behavior: "FAILED", result: `Close with ${closeCode ?? "no code"}.` };
    }
    return judged(
      await session.ping(ANSWER_WAIT),
      "The WebSocket was failed.",
      "The connection was ended, too.",
    );
  },
);

const interleaved: Numbered = ending(
  "Two WebSockets whose messages come in turns of one byte",
  "Each message comes back on its own stream.",
  "RFC 8441 §5",
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
    return judged(right, "Both came back.", `Came back: ${echoes.join(", ") || "nothing"}.`);
  },
);

const twenty: Numbered = ending(
  "20 WebSockets on one connection",
  "All are opened and echo.",
  "RFC 8441 §1",
  async (probe) => {
    const session = await probe.connect();
    const sockets: StreamSocket[] = [];
    for (let i = 0; i < 20; i++) sockets.push(await probe.open(session));
    for (const [i, socket] of sockets.entries()) {
      if (!(await socket.echoes(`number ${i}`))) {
        return { behavior: "FAILED", result: `Number ${i}: ${lost(socket)}` };
      }
    }
    return { behavior: "OK", result: "All echo." };
  },
);

const goingAway: Numbered = ending(
  "GOAWAY of the client with a WebSocket open",
  "The WebSocket goes on: GOAWAY is about streams that the server might begin.",
  "RFC 9113 §6.8",
  async (probe) => {
    const socket = await probe.open(await probe.connect());
    const payload = Buffer.concat([uint32(0), uint32(ERROR.none)]);
    socket.session.frame({ type: TYPE.goaway, flags: 0, stream: 0, payload });
    const lives = await socket.echoes(HELLO);
    return judged(lives, "It goes on.", lost(socket));
  },
);

/** Cases 26.4. */
export const ENDS: readonly Numbered[] = [
  closing,
  closingAtOnce,
  endOnly,
  endWithin,
  failing,
  beside("RST_STREAM with CANCEL", "RFC 8441 §5", (socket) => {
    socket.stream.reset(ERROR.cancel);
    return undefined;
  }),
  beside("A message cut off by RST_STREAM", "RFC 8441 §5", (socket) => {
    socket.stream.send(clientFrame(OPCODE.text, HELLO).subarray(0, 9));
    socket.stream.reset(ERROR.cancel);
    return undefined;
  }),
  beside("A WebSocket that breaks the protocol", "RFC 6455 §7.1.7", violating),
  beside("A WebSocket that is closed", "RFC 8441 §5", (socket) => {
    socket.stream.send(clientFrame(OPCODE.close, closePayload(1000)));
    return socket.session.until(() => socket.stream.over, ANSWER_WAIT);
  }),
  interleaved,
  twenty,
  goingAway,
];
