/** RFC 6455 §5 and §6: frames and messages. */
import type { Rule } from "./rule.ts";

/** What an endpoint must make of the frames that it gets. */
const RECEIVING = {
  framesParsed: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2, §6.2",
    quote: "Incoming data MUST be parsed as WebSocket frames",
    says: "Messages are received with the bytes and the type that they were sent with.",
  },
  fragmentsJoined: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.4",
    quote: "MUST support receiving both fragmented and unfragmented messages",
    says: "The fragments of a message are put together.",
  },
  controlInside: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.4",
    quote: "MUST be capable of handling control frames in the middle of a fragmented message",
    says: "A control frame between fragments is handled when it comes.",
  },
  masksRemoved: {
    strength: "MUST",
    binds: "server",
    place: "RFC 6455 §5.3, §6.2",
    quote: "A server MUST remove masking for data frames",
    says: "A server unmasks frames with any key.",
  },
  textValid: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §8.1",
    quote: "that endpoint MUST _Fail the WebSocket Connection_",
    says: "Text that is not UTF-8 fails the connection.",
  },
  reservedBits: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2",
    quote: "If a nonzero value is received",
    says: "A reserved bit to which no extension gives a meaning fails the connection.",
  },
  reservedOpcodes: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2",
    quote: "If an unknown opcode is received",
    says: "A reserved opcode fails the connection.",
  },
  unmaskedRefused: {
    strength: "MUST",
    binds: "server",
    place: "RFC 6455 §5.1",
    quote: "MUST close the connection upon receiving a frame that is not masked",
    says: "A server closes the connection on a frame that is not masked.",
  },
  maskedRefused: {
    strength: "MUST",
    binds: "client",
    place: "RFC 6455 §5.1",
    quote: "A client MUST close a connection if it detects a masked frame",
    says: "A client closes the connection on a frame that is masked.",
  },
  // What §5 forbids the sender and says nothing of to the receiver. Autobahn fails receivers for it.
  fragmentOrder: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.4, §10.7",
    quote: "Incoming data MUST always be validated",
    says: "A continuation of nothing, or a message within another, fails the connection.",
  },
  controlShort: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5, §10.7",
    quote: "Incoming data MUST always be validated",
    says: "A control frame of more than 125 bytes fails the connection.",
  },
  controlWhole: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5, §10.7",
    quote: "Incoming data MUST always be validated",
    says: "A control frame in fragments fails the connection.",
  },
  invalidData: {
    strength: "SHOULD",
    binds: "both",
    place: "RFC 6455 §10.7",
    quote: "SHOULD send a Close frame with an appropriate status code",
    says: "Frames that the sender must not send fail the connection, with a Close that says why.",
  },
  fittingCode: {
    strength: "SHOULD",
    binds: "both",
    place: "RFC 6455 §7.1.7",
    quote: "SHOULD send a Close frame with an appropriate status code",
    says: "Who fails a connection says why by a code that fits.",
  },
  pingAnswered: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.2, §5.5.3",
    quote: "MUST send a Pong frame in response",
    says: "A Ping is answered by a Pong with its payload.",
  },
  pongIgnored: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5.3",
    quote: "A response to an unsolicited Pong frame is not expected",
    says: "A Pong that was not asked for is not answered.",
  },
  longMessages: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2, §6.2",
    quote: "Incoming data MUST be parsed as WebSocket frames",
    says: "Long messages come back in time, within the limits that the testee was given.",
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** What the frames that an endpoint sends must be like. */
const SENDING = {
  sentReservedBits: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2",
    quote: "MUST be 0 unless an extension is negotiated",
    says: "Reserved bits are 0.",
  },
  sentMask: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.1",
    quote: "a client MUST mask all frames",
    says: "A client masks its frames, a server does not.",
  },
  freshMasks: {
    strength: "MUST",
    binds: "client",
    place: "RFC 6455 §5.3",
    quote: "the client MUST pick a fresh masking key",
    says: "Every frame of a client has a masking key of its own.",
  },
  sentOpcode: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2, §6.1",
    quote: "MUST be set to the appropriate value",
    says: "Opcodes are those that are defined.",
  },
  sentControl: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.5",
    quote: "MUST have a payload length of 125 bytes or less and MUST NOT be fragmented",
    says: "Control frames have at most 125 bytes and one fragment.",
  },
  sentOrder: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.4",
    quote: "MUST NOT be interleaved",
    says: "The fragments of a message are sent one after the other.",
  },
  sentLength: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.2",
    quote: "the minimal number of bytes MUST be used",
    says: "Lengths take the fewest bytes, and their highest bit is 0.",
  },
  sentText: {
    strength: "MUST",
    binds: "both",
    place: "RFC 6455 §5.6",
    quote: "the whole message MUST contain valid UTF-8",
    says: "Text that is sent is UTF-8.",
  },
  floods: {
    strength: "robustness",
    binds: "both",
    place: "RFC 6455 §10.4",
    says: "An endpoint does not send without end.",
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** Rules on frames and messages. */
export const FRAMING_RULES = { ...RECEIVING, ...SENDING } as const;
