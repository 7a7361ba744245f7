/** Cases 26.1 and 26.2: requests for a WebSocket over HTTP/2, right and malformed. */
import type { Finding } from "../finding.ts";
import { encodeHttp2Frame, errorName, FLAG, padded, SETTING, TYPE } from "../http2/frame.ts";
import { encodeFields, type Field } from "../http2/hpack.ts";
import { shownFields, statusOf } from "../http2/opening.ts";
import { openFault, StreamSocket } from "../http2/probe.ts";
import type { Session } from "../http2/session.ts";
import type { Stream } from "../http2/stream.ts";
import { clientFrame } from "../probe.ts";
import { OPCODE } from "../wire/frame.ts";
import { extensionsOf, fieldValues } from "../wire/head.ts";
import { http2Case, judged, type Numbered } from "./http2-cases.ts";

const HELLO = "Hello over HTTP/2";

type Change = (fields: readonly Field[]) => readonly Field[];

const without =
  (name: string): Change =>
  (fields) =>
    fields.filter(([key]) => key !== name);

const setting =
  (name: string, value: string): Change =>
  (fields) =>
    fields.map(([key, old]) => [key, key === name ? value : old] as const);

const adding =
  (...more: readonly Field[]): Change =>
  (fields) => [...fields, ...more];

/** Before the first field that is no pseudo-header field. */
const addingPseudo =
  (...more: readonly Field[]): Change =>
  (fields) => [...more, ...fields];

/** §8.1.1: a malformed request is a stream error; an answer with an error status may come first. */
function malformedFinding(session: Session, stream: Stream): Finding {
  const { head, resetCode } = stream;
  if (resetCode !== undefined && (head === undefined || statusOf(head) >= 400)) {
    const result = `The stream was reset with ${errorName(resetCode)}.`;
    return { behavior: resetCode === 1 ? "OK" : "NON-STRICT", result };
  }
  if (head !== undefined) return statusFinding(stream);
  // §5.4.1: an endpoint may treat a stream error as a connection error.
  if (session.goaway !== undefined && session.goaway !== 0) {
    const result = `The connection was ended with ${errorName(session.goaway)}.`;
    return { behavior: "OK", result };
  }
  if (session.ended) {
    return { behavior: "NON-STRICT", result: "The connection was ended without GOAWAY." };
  }
  return { behavior: "FAILED", result: "Nothing happened." };
}

function statusFinding({ head }: Stream): Finding {
  const status = statusOf(head!);
  return judged(status >= 400, `Refused with ${status}.`, `Answered "${head!.start}".`);
}

/** A request that HTTP/2 allows, for something that cannot be had. */
function refusedFinding(session: Session, stream: Stream): Finding {
  if (stream.head !== undefined) return statusFinding(stream);
  const finding = malformedFinding(session, stream);
  if (finding.behavior === "FAILED") return finding;
  return { behavior: "NON-STRICT", result: `${finding.result} A status would say more.` };
}

async function openFinding(session: Session, stream: Stream): Promise<Finding> {
  const fault = openFault(stream);
  if (fault !== undefined) return { behavior: "FAILED", result: `${fault}.` };
  const echoes = await new StreamSocket(session, stream).echoes(HELLO);
  return judged(echoes, "Opened; a message came back.", "Opened, but a message did not come back.");
}

const EXPECTATION = {
  open: "Answered with 2xx; a message comes back.",
  refuse: "Refused with an HTTP status. A reset stream is NON-STRICT.",
  malformed: "Malformed: the stream is reset with PROTOCOL_ERROR, or an error status comes.",
};

/** A changed request and what must come of it. */
const asked = (
  what: string,
  change: Change,
  wanted: keyof typeof EXPECTATION,
  rule: string,
  check?: (stream: Stream) => string | undefined,
): Numbered =>
  http2Case({ what, expectation: EXPECTATION[wanted], rules: [rule] }, async (probe) => {
    const session = await probe.connect();
    const stream = await probe.ask(session, change(probe.rightRequest()));
    if (wanted === "malformed") {
      // A server may answer before it resets.
      await session.until(() => stream.over, stream.head === undefined ? 0 : 200);
      return malformedFinding(session, stream);
    }
    if (wanted === "refuse") return refusedFinding(session, stream);
    const fault = check?.(stream);
    if (fault !== undefined) return { behavior: "FAILED", result: fault };
    return openFinding(session, stream);
  });

const FORBIDDEN = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

const announced: Numbered = http2Case(
  {
    what: "The settings of the server",
    expectation: "SETTINGS_ENABLE_CONNECT_PROTOCOL is 1.",
    rules: ["RFC 8441 §3"],
  },
  async (probe) => {
    const value = (await probe.connect()).settings?.get(SETTING.enableConnect);
    return judged(value === 1, "It is 1.", `It is ${value ?? "not among them"}.`);
  },
);

const noAccept: Numbered = http2Case(
  {
    what: "Sec-WebSocket-Accept in the answer",
    expectation: "There is none. One is NON-STRICT: over HTTP/2 it means nothing.",
    rules: ["RFC 8441 §5"],
  },
  async (probe) => {
    const stream = await probe.ask(await probe.connect(), probe.rightRequest());
    const fault = openFault(stream);
    if (fault !== undefined) return { behavior: "FAILED", result: `${fault}.` };
    const there = fieldValues(stream.head!, "sec-websocket-accept").length > 0;
    return there
      ? { behavior: "NON-STRICT", result: "There is one." }
      : { behavior: "OK", result: "There is none." };
  },
);

const subprotocols: Numbered = http2Case(
  {
    what: "Subprotocols a.example and b.example",
    expectation: "Answered with 2xx and one of the two, or none.",
    rules: ["RFC 8441 §5", "RFC 6455 §4.2.2"],
  },
  async (probe) => {
    const request = probe.rightRequest([["sec-websocket-protocol", "a.example, b.example"]]);
    const stream = await probe.ask(await probe.connect(), request);
    if (stream.head === undefined || statusOf(stream.head) !== 200) {
      return { behavior: "FAILED", result: `Not opened: ${openFault(stream)}.` };
    }
    const chosen = fieldValues(stream.head, "sec-websocket-protocol");
    const right = chosen.length === 0 || /^[ab]\.example$/.test(chosen.join());
    return judged(right, "Opened.", `Chose the subprotocol ${chosen.join()}.`);
  },
);

/** A right request in frames of another shape, and a message behind it. */
const shaped = (
  what: string,
  rule: string,
  send: (session: Session, stream: Stream, block: Buffer) => Promise<void> | void,
): Numbered =>
  http2Case({ what, expectation: EXPECTATION.open, rules: [rule] }, async (probe) => {
    const session = await probe.connect();
    const stream = session.openStream();
    const fields = probe.rightRequest();
    probe.request = shownFields(fields);
    await send(session, stream, encodeFields(fields));
    await probe.answer(session, stream);
    return openFinding(session, stream);
  });

const inPieces = shaped(
  "A request in one HEADERS and three CONTINUATION frames, one of them empty",
  "RFC 9113 §6.10",
  (session, { id }, block) => {
    // Few pieces: servers count CONTINUATION frames since they were used for floods.
    const pieces = [
      block.subarray(0, 1),
      Buffer.alloc(0),
      block.subarray(1, 50),
      block.subarray(50),
    ];
    pieces.forEach((payload, i) => {
      const type = i === 0 ? TYPE.headers : TYPE.continuation;
      const flags = i === pieces.length - 1 ? FLAG.endHeaders : 0;
      session.frame({ type, flags, stream: id, payload });
    });
  },
);

const withPadding = shaped(
  "A request in a HEADERS frame with padding and a priority",
  "RFC 9113 §6.2",
  (session, { id }, block) => {
    const priority = Buffer.from([0, 0, 0, 0, 15]);
    const flags = FLAG.endHeaders | FLAG.padded | FLAG.priority;
    const payload = padded(Buffer.concat([priority, block]), 100);
    session.frame({ type: TYPE.headers, flags, stream: id, payload });
  },
);

const byteByByte = shaped(
  "A request whose bytes come one by one",
  "RFC 9113 §4.1",
  async (session, { id }, payload) => {
    const frame = { type: TYPE.headers, flags: FLAG.endHeaders, stream: id, payload };
    for (const byte of encodeHttp2Frame(frame)) {
      session.bytes(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
);

const early: Numbered = http2Case(
  {
    what: "A message right behind the request, before the answer",
    expectation: "Once it is answered with 2xx, the message comes back. To refuse it is allowed.",
    rules: ["RFC 6455 §4.1", "RFC 8441 §5"],
  },
  async (probe) => {
    const session = await probe.connect();
    const stream = session.request(probe.rightRequest());
    const socket = new StreamSocket(session, stream);
    stream.send(clientFrame(OPCODE.text, HELLO));
    await probe.answer(session, stream);
    const fault = openFault(stream);
    if (fault === undefined) {
      const echo = await socket.message();
      return judged(echo?.toString() === HELLO, "It came back.", "It did not come back.");
    }
    if (stream.head === undefined && !stream.over)
      return { behavior: "FAILED", result: `${fault}.` };
    return { behavior: "INFORMATIONAL", result: `Refused: ${fault}.` };
  },
);

/** Cases 26.1. */
export const REQUESTS: readonly Numbered[] = [
  announced,
  asked("A right request", (fields) => fields, "open", "RFC 8441 §4"),
  asked(
    "Fields of a connection in the answer",
    (fields) => fields,
    "open",
    "RFC 9113 §8.2.2",
    ({ fields }) => {
      const found = fields.find(([name]) => FORBIDDEN.includes(name.toLowerCase()));
      return found === undefined ? undefined : `The answer has the field ${found.join(": ")}.`;
    },
  ),
  noAccept,
  asked(
    "Sec-WebSocket-Key, which means nothing here",
    adding(["sec-websocket-key", "not a key"]),
    "open",
    "RFC 8441 §5",
  ),
  asked("te: trailers", adding(["te", "trailers"]), "open", "RFC 9113 §8.2.2"),
  asked(
    "Two cookie fields",
    adding(["cookie", "a=b"], ["cookie", "c=d"]),
    "open",
    "RFC 9113 §8.2.3",
  ),
  subprotocols,
  asked(
    "An unknown extension",
    adding(["sec-websocket-extensions", "x-unknown; a=1"]),
    "open",
    "RFC 6455 §9.1",
    ({ head }) =>
      head !== undefined && extensionsOf(head).length > 0
        ? "The answer has an extension that was not offered."
        : undefined,
  ),
  inPieces,
  withPadding,
  byteByByte,
  early,
  asked(
    "sec-websocket-version: 8",
    setting("sec-websocket-version", "8"),
    "refuse",
    "RFC 6455 §4.2.1",
  ),
  asked("No sec-websocket-version", without("sec-websocket-version"), "refuse", "RFC 6455 §4.2.1"),
  asked(":protocol: x-unknown", setting(":protocol", "x-unknown"), "refuse", "RFC 8441 §4"),
  asked(":protocol: websockets", setting(":protocol", "websockets"), "refuse", "RFC 8441 §5"),
];

/** Cases 26.2. */
export const MALFORMED: readonly Numbered[] = [
  asked(
    "CONNECT with :path and :scheme, without :protocol",
    without(":protocol"),
    "malformed",
    "RFC 9113 §8.5",
  ),
  asked("GET with :protocol", setting(":method", "GET"), "malformed", "RFC 8441 §4"),
  asked("No :method", without(":method"), "malformed", "RFC 9113 §8.3.1"),
  asked("No :scheme", without(":scheme"), "malformed", "RFC 8441 §4"),
  asked("No :path", without(":path"), "malformed", "RFC 8441 §4"),
  asked("An empty :path", setting(":path", ""), "malformed", "RFC 9113 §8.3.1"),
  asked("No :authority and no host", without(":authority"), "malformed", "RFC 9113 §8.3.1"),
  asked("Two :protocol", addingPseudo([":protocol", "websocket"]), "malformed", "RFC 9113 §8.3"),
  asked("Two :path", addingPseudo([":path", "/"]), "malformed", "RFC 9113 §8.3"),
  asked(
    "An unknown pseudo-header field",
    addingPseudo([":unknown", "x"]),
    "malformed",
    "RFC 9113 §8.3",
  ),
  asked(":status in a request", addingPseudo([":status", "200"]), "malformed", "RFC 9113 §8.3"),
  asked(
    "A pseudo-header field behind the others",
    (fields) => [...without(":path")(fields), [":path", "/"]],
    "malformed",
    "RFC 9113 §8.3",
  ),
  asked("A field name with a capital", adding(["X-Capital", "x"]), "malformed", "RFC 9113 §8.2.1"),
  asked("A field name with a blank", adding(["x name", "x"]), "malformed", "RFC 9113 §8.2.1"),
  asked("A field without name", adding(["", "x"]), "malformed", "RFC 9113 §8.2.1"),
  asked("NUL in a value", adding(["x-value", "a\0b"]), "malformed", "RFC 9113 §8.2.1"),
  asked(
    "CR and LF in a value",
    adding(["x-value", "a\r\nx-injected: b"]),
    "malformed",
    "RFC 9113 §8.2.1",
  ),
  asked("connection: upgrade", adding(["connection", "upgrade"]), "malformed", "RFC 9113 §8.2.2"),
  asked("upgrade: websocket", adding(["upgrade", "websocket"]), "malformed", "RFC 9113 §8.2.2"),
  asked("keep-alive: 5", adding(["keep-alive", "5"]), "malformed", "RFC 9113 §8.2.2"),
  asked(
    "proxy-connection: keep-alive",
    adding(["proxy-connection", "keep-alive"]),
    "malformed",
    "RFC 9113 §8.2.2",
  ),
  asked(
    "transfer-encoding: chunked",
    adding(["transfer-encoding", "chunked"]),
    "malformed",
    "RFC 9113 §8.2.2",
  ),
  asked("te: gzip", adding(["te", "gzip"]), "malformed", "RFC 9113 §8.2.2"),
];
