/** What a reference peer can be made to do wrong. Every field left out is done right. */
export interface Faults {
  /** Messages that are not echoed. */
  readonly loses?: (payload: Buffer, binary: boolean) => boolean;
  /** Other bytes come back than were sent. */
  readonly alters?: (payload: Buffer, binary: boolean) => Buffer;
  /** Text comes back as binary and the other way round. */
  readonly swapsType?: boolean;
  /** Payload of the Pong for a Ping; `undefined` for no Pong at all. */
  readonly pong?: (payload: Buffer) => Buffer | undefined;
  /** Pongs wait for the end of the message that is under way. */
  readonly pongsLate?: boolean;
  /** A Pong that came is answered with a Pong. */
  readonly answersPong?: boolean;
  /** Control frames over 125 bytes are taken. */
  readonly takesLongControl?: boolean;
  /** Control frames in fragments are taken. */
  readonly takesFragmentedControl?: boolean;
  /** Reserved bits that are not looked at, as a mask of RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  readonly ignoresRsv?: number;
  /** Frames with these reserved opcodes are dropped in silence. */
  readonly ignoresOpcodes?: readonly number[];
  /** Each fragment comes back as a message. */
  readonly fragmentsAreMessages?: boolean;
  /** A continuation of nothing is dropped in silence. */
  readonly ignoresStrayContinuation?: boolean;
  /** A new message inside a message continues it. */
  readonly takesMessageInside?: boolean;
  /** Text is not checked: never, or only when the message ends. */
  readonly utf8?: "never" | "late";
  /** Text that is refused although it is valid. */
  readonly refusesText?: (payload: Buffer) => boolean;
  /** Frames after Close are served, and the answer to Close waits for them. */
  readonly servesAfterClose?: boolean;
  /** Close is not answered. */
  readonly silentOnClose?: boolean;
  /** Code of the answer to a Close with this payload; `undefined` for the right one. */
  readonly closeCode?: (payload: Buffer) => number | undefined;
  /** A Close with a forbidden payload is answered as if it were right. */
  readonly takesAnyClose?: boolean;
  /** TCP ends without a Close frame where the protocol was broken. */
  readonly dropsTcp?: boolean;
  /** TCP stays open after the closing handshake. */
  readonly keepsTcp?: boolean;
  /** Unmasked frames from clients, or masked ones from servers, are taken. */
  readonly ignoresMask?: boolean;
  /** All frames of a client have the same masking key. */
  readonly fixedMask?: boolean;
  /** Lengths of 2^63 and more are waited for. */
  readonly takesHugeLength?: boolean;
  /** Lengths in more bytes than needed are taken. */
  readonly takesPaddedLength?: boolean;
  /** The compressor's window goes on although the peer asked for a fresh one. */
  readonly breaksNoTakeover?: boolean;
  /** The compressor's window is larger than the peer asked for. */
  readonly breaksWindow?: boolean;
  /** What the peer may refer to is kept although it was agreed that it will not. */
  readonly keepsMore?: boolean;
  /** The window that the peer may refer to is half as large as agreed. */
  readonly halvesWindow?: boolean;
  /** After these the peer can no longer refer to what came before. */
  readonly forgetsAfter?: "any message" | "plain" | "ping" | "empty" | "final";
  /** Messages that are not compressed count among those that can be referred to. */
  readonly remembersPlain?: boolean;
  /** A compressed message that cannot be inflated is echoed as a question mark. */
  readonly takesCorrupt?: boolean;
  /** Compressed messages are not echoed, or messages that are not compressed are not. */
  readonly losesCompressed?: boolean;
  /** `Sec-WebSocket-Extensions` of every answer, whatever was offered. */
  readonly answersExtension?: string;
  /** Requests, or answers, are not checked: everything opens. */
  readonly opensAlways?: boolean;
  /** Requests, or answers, are refused whatever they are. */
  readonly opensNever?: boolean;
  /** Connections that are served; later ones are accepted and left alone. */
  readonly servesOnly?: number;
  /** A client makes no further request after a case. */
  readonly leaves?: boolean;
  /** Bytes that are kept, and used, from the next connection on. */
  readonly hoards?: number | undefined;
  /** permessage-deflate is not negotiated. */
  readonly noDeflate?: boolean;
  /** The connection ends at once after the opening handshake. */
  readonly closesAtOnce?: boolean;
  /** Other bytes than an answer come to the request. */
  readonly answersWith?: Buffer;
  /** After the opening handshake these bytes are sent without end. */
  readonly floodsWith?: Buffer;
  /** Nothing is ever read or sent. */
  readonly mute?: boolean;
}
