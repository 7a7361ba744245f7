/** RFC 8441 and RFC 9113: WebSockets over HTTP/2. */
import type { Rule } from "./rule.ts";

const rule = (
  strength: Rule["strength"],
  place: string,
  quote: string | undefined,
  says: string,
): Rule => ({
  strength,
  binds: "server",
  place,
  ...(quote === undefined ? {} : { quote }),
  says,
});

/** Rules on requests and their answers. */
const REQUESTS = {
  connectAnnounced: rule(
    "MUST",
    "RFC 8441 §3",
    "Upon receipt of SETTINGS_ENABLE_CONNECT_PROTOCOL with a value of 1",
    "A server that takes extended CONNECT announces it.",
  ),
  connectOpens: rule(
    "MUST",
    "RFC 8441 §4, §5",
    "the server establishes a tunnel",
    "A right extended CONNECT is answered with 2xx and opens a WebSocket.",
  ),
  answerFields: rule(
    "MUST",
    "RFC 9113 §8.2.2",
    "MUST NOT generate an HTTP/2 message containing connection-specific header fields",
    "The answer has no fields of a connection.",
  ),
  noAccept: rule(
    "SHOULD",
    "RFC 8441 §5",
    "do not do the processing of the Sec-WebSocket-Key",
    "The answer has no Sec-WebSocket-Accept.",
  ),
  noKey: rule(
    "MUST",
    "RFC 8441 §5",
    "do not do the processing of the Sec-WebSocket-Key",
    "Sec-WebSocket-Key means nothing over HTTP/2.",
  ),
  teTrailers: rule(
    "MUST",
    "RFC 9113 §8.2.2",
    "MAY be present in an HTTP/2 request",
    "te: trailers is allowed.",
  ),
  splitCookies: rule(
    "MUST",
    "RFC 9113 §8.2.3",
    "the Cookie header field MAY be split into separate header fields",
    "Cookies may come in several fields.",
  ),
  http2Protocol: rule(
    "MUST",
    "RFC 8441 §5, RFC 6455 §4.2.2",
    "The value chosen MUST be derived from the client's handshake",
    "The subprotocol in the answer is one of those in the request, or there is none.",
  ),
  http2Extensions: rule(
    "MUST",
    "RFC 8441 §5, RFC 6455 §9",
    "A server MUST NOT respond with any extension not requested",
    "The answer has no extension that was not offered.",
  ),
  continuation: rule(
    "MUST",
    "RFC 9113 §6.10",
    "Any number of CONTINUATION frames can be sent",
    "A request may come in several frames.",
  ),
  headersPadded: rule(
    "MUST",
    "RFC 9113 §6.2",
    "Padding octets that contain no application semantic value",
    "A request may have padding and a priority.",
  ),
  framesInPieces: rule("MUST", "RFC 9113 §4.1", undefined, "Frames may come in any pieces."),
  http2Early: rule(
    "MAY",
    "RFC 6455 §4.1, RFC 8441 §5",
    "the client MUST wait for a response from the server",
    "Frames before the answer may be served, dropped or refused: the client must not send them.",
  ),
  http2Version: rule(
    "MUST",
    "RFC 8441 §5, RFC 6455 §4.2.1",
    "MUST stop processing the client's handshake",
    "Another version than 13, or none, does not open a WebSocket.",
  ),
  protocolUnknown: rule(
    "MUST",
    "RFC 8441 §4",
    "to another service of the protocol type indicated by the pseudo-header field",
    "Another :protocol than websocket does not open a WebSocket.",
  ),
  malformed: rule(
    "MUST",
    "RFC 9113 §8.1.1",
    "MUST be treated as a stream error (Section 5.4.2) of type PROTOCOL_ERROR",
    "A malformed request is answered with an error, or its stream is reset.",
  ),
} as const satisfies Readonly<Record<string, Rule>>;

/** Rules on streams and windows. */
const STREAMS = {
  dataIsBytes: rule(
    "MUST",
    "RFC 8441 §5",
    "as if it were the TCP connection",
    "DATA frames are a stream of bytes, wherever they are cut.",
  ),
  emptyData: rule(
    "MUST",
    "RFC 9113 §6.1",
    undefined,
    "An empty DATA frame carries nothing and ends nothing.",
  ),
  padding: rule(
    "MUST",
    "RFC 9113 §6.1",
    "Padding octets that contain no application semantic value",
    "Padding is no data.",
  ),
  paddingTooLong: rule(
    "MUST",
    "RFC 9113 §6.1",
    "the recipient MUST treat this as a connection error",
    "Padding longer than its frame ends the connection with PROTOCOL_ERROR.",
  ),
  otherFrames: rule(
    "MUST",
    "RFC 9113 §5.5",
    "MUST discard frames that have unknown or unsupported types",
    "Frames of other types between DATA frames change nothing.",
  ),
  streamEnds: rule(
    "MUST",
    "RFC 8441 §5",
    "Orderly TCP-level closures are represented as END_STREAM flags",
    "The stream ends with END_STREAM where TCP would be closed.",
  ),
  streamsApart: rule(
    "MUST",
    "RFC 9113 §5, §5.4.2",
    "does not affect processing of other streams",
    "What happens on one stream does not concern the others.",
  ),
  goawayOfClient: rule(
    "SHOULD",
    "RFC 9113 §6.8",
    "while still finishing processing of previously established streams",
    "GOAWAY of the client leaves the streams that are open alone.",
  ),
  http2Failed: rule(
    "MUST",
    "RFC 6455 §5.2, RFC 8441 §5",
    "the receiving endpoint MUST _Fail the WebSocket Connection_",
    "A breach fails the WebSocket, not the connection beneath it.",
  ),
  windowRespected: rule(
    "MUST",
    "RFC 9113 §6.9.1, §6.9.2",
    "The sender MUST NOT send a flow-controlled frame with a length that exceeds the space",
    "No more is sent than the windows allow, and the rest once they open.",
  ),
  frameSize: rule(
    "MUST",
    "RFC 9113 §4.2",
    "The size of a frame payload is limited",
    "No frame is longer than SETTINGS_MAX_FRAME_SIZE.",
  ),
  windowGivenBack: rule(
    "MUST",
    "RFC 9113 §6.9, §6.9.1",
    "The receiver of a frame sends a WINDOW_UPDATE frame as it consumes data",
    "Windows are opened again, for padding, too.",
  ),
  http2Deflate: rule(
    "MUST",
    "RFC 8441 §5, RFC 7692 §6.2",
    "MUST use the following algorithm to receive a message",
    "Compressed messages are inflated over HTTP/2 as over TCP.",
  ),
} as const satisfies Readonly<Record<string, Rule>>;

/** Rules on WebSockets over HTTP/2. */
export const HTTP2_RULES = { ...REQUESTS, ...STREAMS } as const;
