/** RFC 7692: permessage-deflate. */
import type { Rule } from "./rule.ts";

/** Rules on compression. */
export const DEFLATE_RULES = {
  deflated: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §6, §6.2",
    quote: "MUST use the following algorithm to receive a message",
    says: "Compressed messages are inflated, and those that are not are taken as they are.",
  },
  deflateBlocks: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §7.2.1, §7.2.2",
    quote: "An endpoint MAY use DEFLATE blocks of any type",
    says: "Blocks of any type, number and BFINAL are inflated.",
  },
  streamInvalid: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §6.2, §7.2.2",
    quote: "Decompress the resulting data using DEFLATE",
    says: "Of a stream that is not DEFLATE no message is made.",
  },
  compressedBit: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §6.1",
    quote: "An endpoint receiving such a frame MUST _Fail the WebSocket Connection_",
    says: "RSV1 on a control frame or a later fragment fails the connection.",
  },
  sentCompressedBit: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §6.1",
    quote: 'MUST NOT set the "Per-Message Compressed" bit',
    says: "RSV1 is set on the first fragment of a message only.",
  },
  sentStream: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §7.2.1",
    quote: "MUST NOT use an LZ77 sliding window longer than",
    says: "What is sent compressed can be inflated with the window that was agreed.",
  },
  takeoverKept: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §7.1.1, §7.2.1",
    quote: "MUST start compressing each new message with an empty LZ77 sliding window",
    says: "Who has agreed to no context takeover begins each message with an empty window.",
  },
  windowKept: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §7.1.2, §7.2.1",
    quote: "MUST NOT use an LZ77 sliding window longer than",
    says: "Who has agreed to a window uses none that is longer.",
  },
  windowResolved: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §7.1, §7.2.2",
    quote: "MUST decompress each new message using the LZ77 sliding window",
    says: "References into the window that was agreed are resolved.",
  },
  finalResolved: {
    strength: "MUST",
    binds: "both",
    place: "RFC 7692 §7.2.1, §7.2.2",
    quote: "MUST decompress each new message using the LZ77 sliding window",
    says: "The window outlives a block with BFINAL set, as any other block.",
  },
  windowMayBeEmpty: {
    strength: "MAY",
    binds: "both",
    place: "RFC 7692 §7.2.2",
    quote: "MAY decompress each new message with an empty LZ77 sliding window",
    says: "What the judge has agreed not to refer to may be forgotten, or kept.",
  },
  offerDeclined: {
    strength: "MUST",
    binds: "server",
    place: "RFC 7692 §7",
    quote: "A server MUST decline an extension negotiation offer",
    says: "An offer with a parameter that is unknown, invalid or given twice is declined.",
  },
  offerAnswered: {
    strength: "MUST",
    binds: "server",
    place: "RFC 7692 §5, §7.1",
    quote: "The element MUST represent a PMCE that is fully supported by the server",
    says: "An offer is accepted with parameters that it allows, or declined.",
  },
} as const satisfies Readonly<Record<string, Rule>>;
