/**
 * Every failure a caller can act on. Each error has a stable string `code`; messages may change,
 * codes do not.
 */

/**
 * What all errors of this library have in common: a stable string `code` to branch on.
 *
 * Of this class itself is the `error` of `Connection.closed` where this side gave the connection up:
 * `HEARTBEAT_TIMEOUT`, `SEND_TIMEOUT`, `CLOSE_TIMEOUT`, `SEND_BUFFER_FULL`, `TOTAL_BUFFER_FULL`, and
 * `MESSAGE_UNFINISHED` with what was thrown as its `cause`. `Connection.ping` rejects with
 * `TOO_MANY_PINGS`.
 */
export class WebSocketError extends Error {
  /** Name of the class, as every Error has it. */
  override readonly name: string = "WebSocketError";
  /** Stable identifier of the failure, for example `"INVALID_UTF8"`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A mistake in the arguments of a call: thrown at once, before anything has happened. */
export class ArgumentError extends TypeError {
  /** Name of the class, as every Error has it. */
  override readonly name = "ArgumentError";
  /** Always `"INVALID_ARGUMENT"`. */
  readonly code = "INVALID_ARGUMENT";
}

/** One row per way in which a peer can break the protocol or a limit. */
const PROTOCOL_FAILURES = {
  RESERVED_BITS: [1002, "5.2", "a reserved bit is set that no extension claims"],
  RESERVED_OPCODE: [1002, "5.2", "the opcode is reserved"],
  MASK_REQUIRED: [1002, "5.1", "a frame from a client must be masked"],
  MASK_FORBIDDEN: [1002, "5.1", "a frame from a server must not be masked"],
  LENGTH_NOT_MINIMAL: [1002, "5.2", "the payload length is not encoded in the fewest bytes"],
  LENGTH_INVALID: [1002, "5.2", "the most significant bit of a 64-bit length is set"],
  CONTROL_TOO_LONG: [1002, "5.5", "a control frame carries more than 125 bytes"],
  CONTROL_FRAGMENTED: [1002, "5.5", "a control frame is fragmented"],
  UNEXPECTED_CONTINUATION: [1002, "5.4", "a continuation frame without a message to continue"],
  EXPECTED_CONTINUATION: [1002, "5.4", "a new message starts before the last one has ended"],
  CLOSE_PAYLOAD_LENGTH: [1002, "5.5.1", "a Close frame with a payload of one byte"],
  CLOSE_CODE_INVALID: [1002, "7.4", "a close code that must not be on the wire"],
  INVALID_UTF8: [1007, "8.1", "text is not valid UTF-8"],
  COMPRESSED_DATA_INVALID: [1007, "7.2.2", "a compressed message cannot be inflated", 7692],
  MESSAGE_TOO_BIG: [1009, "10.4", "the message is larger than the limit"],
  TOO_MANY_FRAGMENTS: [1008, "10.4", "the message has more fragments than the limit"],
  MESSAGE_TIMEOUT: [1008, "10.4", "the message was not finished in time"],
  RATE_EXCEEDED: [1008, "10.4", "the peer sends more than it may"],
} as const satisfies Record<
  string,
  readonly [closeCode: number, section: string, text: string, rfc?: 7692]
>;

/** The stable codes of {@link ProtocolError}. */
export type ProtocolFailure = keyof typeof PROTOCOL_FAILURES;

/** Every code of {@link ProtocolError}, for tests and documentation. */
export const PROTOCOL_FAILURE_CODES = Object.keys(PROTOCOL_FAILURES) as ProtocolFailure[];

/**
 * The peer broke RFC 6455 (or RFC 7692) or one of the limits set for it. The connection is failed as §7.1.7
 * has it, with {@link closeCode} in the Close frame.
 *
 * Its `stack` has no frames: they would be the parser's, and cost the most when thousands of peers fail at once.
 */
export class ProtocolError extends WebSocketError {
  override readonly name = "ProtocolError";
  declare readonly code: ProtocolFailure;
  /** The close code sent to the peer (§7.4.1). */
  readonly closeCode: number;
  /** The section of {@link rfc} that was broken or that allows the limit. */
  readonly section: string;
  /** Number of the RFC: 6455, or 7692 for compression. */
  readonly rfc: 6455 | 7692;
  /** What was found, for example the byte or the length that is wrong; undefined where the code says all. */
  readonly detail: string | undefined;

  constructor(code: ProtocolFailure, detail?: string) {
    const [closeCode, section, text, rfc = 6455] = PROTOCOL_FAILURES[code];
    const { stackTraceLimit } = Error;
    limitStackTraces(0);
    super(code, `${text}${detail === undefined ? "" : ` (${detail})`} [RFC ${rfc} §${section}]`);
    limitStackTraces(stackTraceLimit);
    this.closeCode = closeCode;
    this.section = section;
    this.rfc = rfc;
    this.detail = detail;
  }
}

/** Where the limit cannot be set, as with frozen intrinsics, traces are taken as ever. */
function limitStackTraces(limit: number): void {
  Reflect.set(Error, "stackTraceLimit", limit);
}

/** One thing wrong with an opening handshake. */
export interface HandshakeFault {
  /** The HTTP status that a server answers for this fault alone. */
  readonly status: number;
  /** What is wrong and what was expected, with the section of the RFC. */
  readonly message: string;
}

/** What a server answers to an opening handshake that does not lead to a connection. */
export interface HandshakeAnswer {
  /** HTTP status code; 0 where nothing is answered. */
  readonly status: number;
  /** Header fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, sent in UTF-8. */
  readonly body?: string;
}

/** Header fields as they were received, in any case of their names. `Fields` is one. */
export interface ReceivedFields extends Iterable<[name: string, value: string]> {
  /** Whether there is a field of this name. */
  has(name: string): boolean;
  /** The value of a field, several lines joined with `", "`; undefined for none. */
  get(name: string): string | undefined;
  /** The value of each line of a field, such as `Set-Cookie`, whose lines must not be joined. */
  getAll(name: string): string[];
}

/** What a server, or a proxy, has answered to a client instead of opening the connection. */
export interface ReceivedAnswer {
  /** HTTP status code, 100 to 999. */
  readonly status: number;
  /** The reason phrase, often `""`. */
  readonly statusText: string;
  /** The header fields, all lines of each: `headers.getAll("set-cookie")`. */
  readonly headers: ReceivedFields;
  /**
   * The body with the framing of chunks undone, or its beginning: `maxRefusalBody` bytes at most, and what
   * had come when a second passed without any. Empty behind a status of 101.
   */
  readonly body: Buffer;
}

/**
 * An opening handshake (RFC 6455 §4) that did not lead to a connection.
 *
 * On the server it says how the request is answered: an error of this class that leaves a
 * handler is sent as {@link status}, {@link headers} and {@link body}. On the client it carries
 * what the server (or the proxy) answered, as {@link received}. Such an error is never an answer: where
 * a server's handler lets that of its own client pass, the request is answered with 500.
 *
 * Codes: `BAD_RESPONSE` (see {@link faults}), `REFUSED`, `PROXY_REFUSED`, `PROXY_FAILED`,
 * `CONNECT_FAILED`, `TLS_FAILED`, `HANDSHAKE_TIMEOUT`, `HEAD_TOO_LARGE`, `CONNECTION_LOST`,
 * `ALREADY_ANSWERED`.
 */
export class HandshakeError extends WebSocketError {
  override readonly name = "HandshakeError";
  /** HTTP status of the answer, sent or received; 0 where there is none. */
  readonly status: number;
  /** On a server, header fields of the answer that is to be sent; empty on a client. */
  readonly headers: Readonly<Record<string, string>>;
  /** On a server, body of the answer that is to be sent; empty on a client. */
  readonly body: string;
  /** On a client, what was answered; undefined where no answer came, and on a server. */
  readonly received: ReceivedAnswer | undefined;
  /** All that was wrong with the request or the response, in the order of the RFC. */
  readonly faults: readonly HandshakeFault[];

  constructor(
    code: string,
    message: string,
    answer: HandshakeAnswer,
    options?: {
      cause?: unknown;
      faults?: readonly HandshakeFault[];
      received?: ReceivedAnswer | undefined;
    },
  ) {
    super(code, message, options);
    this.status = answer.status;
    this.headers = answer.headers ?? {};
    this.body = answer.body ?? "";
    this.faults = options?.faults ?? [];
    this.received = options?.received;
  }
}

/** The connection is closing or closed, so nothing can be sent or received on it any more. */
export class ConnectionClosedError extends WebSocketError {
  override readonly name = "ConnectionClosedError";
  /** Close code of the connection (§7.4.1); 1005 for none received, 1006 for an abnormal end. */
  readonly closeCode: number;
  /** Close reason, `""` for none. */
  readonly reason: string;

  constructor(message: string, closeCode: number, reason: string, options?: { cause?: unknown }) {
    super("CONNECTION_CLOSED", message, options);
    this.closeCode = closeCode;
    this.reason = reason;
  }
}
