/** Requests for a WebSocket over HTTP/2, right and malformed. */

import { clientFrame } from "../../drive/raw-connection.ts";
import { encodeHttp2Frame, FLAG, padded, SETTING, TYPE } from "../../http2/frame.ts";
import { encodeFields } from "../../http2/hpack.ts";
import { shownFields } from "../../http2/opening.ts";
import { endOf, openingOn, type ScriptSeen } from "../../http2/probe.ts";
import type { Session } from "../../http2/session.ts";
import type { Stream } from "../../http2/stream.ts";
import { StreamSocket } from "../../http2/stream-socket.ts";
import {
  adding,
  asItIs,
  type HeadChange,
  leading,
  setting,
  trailing,
  without,
} from "../../opening/head-changes.ts";
import { choosing, NO_ACCEPT, NO_EXTENSION } from "../../opening/server-answer.ts";
import { breaks, type HeadCheck, meets, type Outcome, weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { OPCODE } from "../../wire/frame.ts";
import { message } from "../steps.ts";
import { http2Case, judged, type Numbered } from "./http2-cases.ts";

const HELLO = "Hello over HTTP/2";
const ECHO = [message(HELLO)];

const openWith = (head?: HeadCheck): readonly Outcome[] => [
  meets({ opening: "open", events: ECHO, ...(head === undefined ? {} : { head }) }),
];
const OPENS = openWith();

/** A request that HTTP/2 allows, for something that cannot be had. */
const REFUSED: readonly Outcome[] = [
  meets({ opening: "refused" }),
  weakens({ streamReset: "any" }, "The stream was reset; a status would say more."),
  weakens({ goaway: "any" }, "The connection was ended; a status would say more."),
];

/**
 * RFC 9113 §8.1.1: a malformed request is a stream error, and a server may answer before it resets.
 * §5.4.1: an endpoint may treat a stream error as a connection error.
 */
const MALFORMED_OUTCOMES: readonly Outcome[] = [
  meets({ opening: "refused" }),
  meets({ opening: "ended", streamReset: [1] }, "The stream was reset with PROTOCOL_ERROR."),
  weakens({ opening: "ended", streamReset: "any" }, "The stream was reset with another error."),
  meets({ opening: "ended", goaway: "any" }, "The connection was ended with an error."),
  weakens({ opening: "ended", connectionEnded: true }, "The connection was ended without GOAWAY."),
];

/** What came of a request; where a WebSocket opened, whether a message comes back. */
async function seenOf(session: Session, stream: Stream): Promise<ScriptSeen> {
  const opening = openingOn(stream);
  if (opening.is !== "open") return { opening, stream: endOf(session, stream) };
  const socket = new StreamSocket(session, stream);
  const echo = (await socket.echoes(HELLO)) ? ECHO : [];
  return { opening, events: echo, stream: endOf(session, stream) };
}

/** Sends a changed request. */
const asked = (
  what: string,
  change: HeadChange,
  rule: RuleName,
  outcomes: readonly Outcome[] = OPENS,
): Numbered =>
  http2Case(
    what,
    rule,
    async (probe) => {
      const session = await probe.connect();
      const changed = change({ start: "", fields: probe.rightRequest() });
      const fields = typeof changed === "string" ? [] : changed.fields;
      const stream = await probe.ask(session, fields);
      // A server may answer before it resets.
      if (rule === "malformed") await session.until(() => stream.over, 200);
      return seenOf(session, stream);
    },
    outcomes,
  );

const malformed = (what: string, change: HeadChange, ...more: readonly Outcome[]) =>
  asked(what, change, "malformed", [...MALFORMED_OUTCOMES, ...more]);

/** Nothing says in so many words that the request is malformed. */
const TAKEN = weakens({ opening: "open" }, "Opened.");

const FORBIDDEN = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

const announced: Numbered = http2Case(
  "The settings of the server",
  "connectAnnounced",
  async (probe) => {
    const value = (await probe.connect()).settings?.get(SETTING.enableConnect);
    const no = `SETTINGS_ENABLE_CONNECT_PROTOCOL is ${value ?? "not announced"}`;
    return judged(value === 1, "SETTINGS_ENABLE_CONNECT_PROTOCOL is 1.", no);
  },
);

const NO_CONNECTION_FIELDS: HeadCheck = {
  words: "without fields of a connection",
  fault: ({ fields }) => {
    const found = fields.find(([name]) => FORBIDDEN.includes(name.toLowerCase()));
    return found === undefined ? undefined : `The answer has the field ${found.join(": ")}.`;
  },
};

/** A right request in frames of another shape, and a message behind it. */
const shaped = (
  what: string,
  rule: RuleName,
  send: (session: Session, stream: Stream, block: Buffer) => Promise<void> | void,
): Numbered =>
  http2Case(
    what,
    rule,
    async (probe) => {
      const session = await probe.connect();
      const stream = session.openStream();
      const fields = probe.rightRequest();
      probe.request = shownFields(fields);
      await send(session, stream, encodeFields(fields));
      await probe.answer(session, stream);
      return seenOf(session, stream);
    },
    OPENS,
  );

const inPieces = shaped(
  "A request in one HEADERS and three CONTINUATION frames, one of them empty",
  "continuation",
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
  "headersPadded",
  (session, { id }, block) => {
    const priority = Buffer.from([0, 0, 0, 0, 15]);
    const flags = FLAG.endHeaders | FLAG.padded | FLAG.priority;
    const payload = padded(Buffer.concat([priority, block]), 100);
    session.frame({ type: TYPE.headers, flags, stream: id, payload });
  },
);

const byteByByte = shaped(
  "A request whose bytes come one by one",
  "framesInPieces",
  async (session, { id }, payload) => {
    const frame = { type: TYPE.headers, flags: FLAG.endHeaders, stream: id, payload };
    for (const byte of encodeHttp2Frame(frame)) {
      session.bytes(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
);

const early: Numbered = http2Case(
  "A message right behind the request, before the answer",
  "http2Early",
  async (probe) => {
    const session = await probe.connect();
    const stream = session.request(probe.rightRequest());
    const socket = new StreamSocket(session, stream);
    stream.send(clientFrame(OPCODE.text, HELLO));
    await probe.answer(session, stream);
    const opening = openingOn(stream);
    const echo = opening.is === "open" ? await socket.message(1000) : undefined;
    return {
      opening,
      events: echo === undefined ? [] : [message(echo)],
      stream: endOf(session, stream),
    };
  },
  [
    ...OPENS,
    breaks({ opening: "open" }, "http2Early", "The message was dropped."),
    breaks({ opening: "refused" }, "http2Early", "Refused."),
    breaks({ streamReset: "any" }, "http2Early", "The stream was reset."),
  ],
);

/** Cases 26.1. */
export const HTTP2_REQUESTS: readonly Numbered[] = [
  announced,
  asked("A right request", asItIs, "connectOpens"),
  asked(
    "Fields of a connection in the answer",
    asItIs,
    "answerFields",
    openWith(NO_CONNECTION_FIELDS),
  ),
  asked("Sec-WebSocket-Accept in the answer", asItIs, "noAccept", [
    ...openWith(NO_ACCEPT),
    weakens({ opening: "open" }, "There is one; over HTTP/2 it means nothing."),
  ]),
  asked(
    "Sec-WebSocket-Key, which means nothing here",
    adding(["sec-websocket-key", "not a key"]),
    "noKey",
  ),
  asked("te: trailers", adding(["te", "trailers"]), "teTrailers"),
  asked("Two cookie fields", adding(["cookie", "a=b"], ["cookie", "c=d"]), "splitCookies"),
  asked(
    "Subprotocols a.example and b.example",
    adding(["sec-websocket-protocol", "a.example, b.example"]),
    "http2Protocol",
    openWith(choosing("a.example", "b.example")),
  ),
  asked(
    "An unknown extension",
    adding(["sec-websocket-extensions", "x-unknown; a=1"]),
    "http2Extensions",
    openWith(NO_EXTENSION),
  ),
  inPieces,
  withPadding,
  byteByByte,
  early,
  asked(
    "sec-websocket-version: 12",
    setting("sec-websocket-version", "12"),
    "http2Version",
    REFUSED,
  ),
  asked("No sec-websocket-version", without("sec-websocket-version"), "http2Version", REFUSED),
  asked(":protocol: x-unknown", setting(":protocol", "x-unknown"), "protocolUnknown", REFUSED),
  asked(":protocol: websockets", setting(":protocol", "websockets"), "protocolUnknown", REFUSED),
];

/** Cases 26.2. */
export const MALFORMED: readonly Numbered[] = [
  malformed("CONNECT with :path and :scheme, without :protocol", without(":protocol")),
  malformed("GET with :protocol", setting(":method", "GET")),
  malformed("No :method", without(":method")),
  malformed("No :scheme", without(":scheme")),
  malformed("No :path", without(":path")),
  malformed("An empty :path", setting(":path", "")),
  malformed("No :authority and no host", without(":authority"), TAKEN),
  malformed("Two :protocol", leading([":protocol", "websocket"])),
  malformed("Two :path", leading([":path", "/"])),
  malformed("An unknown pseudo-header field", leading([":unknown", "x"])),
  malformed(":status in a request", leading([":status", "200"])),
  malformed("A pseudo-header field behind the others", trailing(":path", "/")),
  malformed("A field name with a capital", adding(["X-Capital", "x"])),
  malformed("A field name with a blank", adding(["x name", "x"])),
  malformed("A field without name", adding(["", "x"]), TAKEN),
  malformed("NUL in a value", adding(["x-value", "a\0b"])),
  malformed("CR and LF in a value", adding(["x-value", "a\r\nx-injected: b"])),
  malformed("connection: upgrade", adding(["connection", "upgrade"])),
  malformed("upgrade: websocket", adding(["upgrade", "websocket"])),
  malformed("keep-alive: 5", adding(["keep-alive", "5"])),
  malformed("proxy-connection: keep-alive", adding(["proxy-connection", "keep-alive"])),
  malformed("transfer-encoding: chunked", adding(["transfer-encoding", "chunked"])),
  malformed("te: gzip", adding(["te", "gzip"])),
];
