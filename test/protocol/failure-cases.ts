import { constants } from "node:buffer";
import type { ProtocolFailure } from "../../src/errors.ts";
import type { FrameRules } from "../../src/protocol/frame-header.ts";
import type { Received, Role } from "./receiver.ts";

/** One way to break the protocol. */
export interface Case {
  /** What is wrong. */
  readonly name: string;
  readonly code: ProtocolFailure;
  readonly role: Role;
  /** All that is sent. More may follow the byte that fails: nobody must have waited for it. */
  readonly hex: string;
  /** The byte, counted from 1, at which the connection fails. */
  readonly at: number;
  readonly rules?: Partial<FrameRules>;
  /** What was received before. */
  readonly before?: readonly Received[];
}

/** Close code and section by code, as the documentation has them. */
export const CONSEQUENCES: Record<ProtocolFailure, readonly [closeCode: number, section: string]> =
  {
    RESERVED_BITS: [1002, "5.2"],
    RESERVED_OPCODE: [1002, "5.2"],
    MASK_REQUIRED: [1002, "5.1"],
    MASK_FORBIDDEN: [1002, "5.1"],
    LENGTH_NOT_MINIMAL: [1002, "5.2"],
    LENGTH_INVALID: [1002, "5.2"],
    CONTROL_TOO_LONG: [1002, "5.5"],
    CONTROL_FRAGMENTED: [1002, "5.5"],
    UNEXPECTED_CONTINUATION: [1002, "5.4"],
    EXPECTED_CONTINUATION: [1002, "5.4"],
    CLOSE_PAYLOAD_LENGTH: [1002, "5.5.1"],
    CLOSE_CODE_INVALID: [1002, "7.4"],
    INVALID_UTF8: [1007, "8.1"],
    COMPRESSED_DATA_INVALID: [1007, "7.2.2"],
    MESSAGE_TOO_BIG: [1009, "10.4"],
    TOO_MANY_FRAGMENTS: [1008, "10.4"],
    MESSAGE_TIMEOUT: [1008, "10.4"],
    RATE_EXCEEDED: [1008, "10.4"],
  };

/**
 * MESSAGE_TIMEOUT and RATE_EXCEEDED need a clock: they are raised, and tested, in connection/. COMPRESSED_DATA_INVALID
 * belongs to extensions/.
 */
export const RAISED_ELSEWHERE: readonly ProtocolFailure[] = [
  "COMPRESSED_DATA_INVALID",
  "MESSAGE_TIMEOUT",
  "RATE_EXCEEDED",
];

// "Hel" as the first fragment of a text, from a client (key 0) and from a server.
const MASKED_BEGIN = "01 83 00000000 48656c";
const BEGIN = "01 03 48656c";

function firstBytes(firsts: readonly number[], code: ProtocolFailure, what: string): Case[] {
  return firsts.map((first) => ({
    name: `${what} 0x${first.toString(16)}`,
    code,
    role: "server",
    hex: `${first.toString(16).padStart(2, "0")} 80 00000000`,
    at: 1,
  }));
}

export const CASES: readonly Case[] = [
  ...firstBytes([0xc1, 0xa1, 0x91, 0xf1, 0xc2, 0xc8, 0xc9, 0xca], "RESERVED_BITS", "first byte"),
  ...firstBytes([0x40, 0x41, 0x42], "RESERVED_BITS", "first byte"),
  ...firstBytes([0x83, 0x84, 0x85, 0x86, 0x87], "RESERVED_OPCODE", "data frame"),
  ...firstBytes([0x8b, 0x8c, 0x8d, 0x8e, 0x8f], "RESERVED_OPCODE", "control frame"),
  ...firstBytes([0x03, 0x0b], "RESERVED_OPCODE", "fragment"),
  ...firstBytes([0x08, 0x09, 0x0a], "CONTROL_FRAGMENTED", "control frame"),
  ...firstBytes([0x00, 0x80], "UNEXPECTED_CONTINUATION", "continuation at the start"),
  {
    name: "continuation behind a whole message",
    code: "UNEXPECTED_CONTINUATION",
    role: "client",
    hex: "82 01 aa 80 00",
    at: 4,
    before: [["binary", "aa"]],
  },
  {
    name: "continuation behind the last fragment",
    code: "UNEXPECTED_CONTINUATION",
    role: "client",
    hex: `${BEGIN} 80 01 21 80 00`,
    at: 9,
    before: [["text", "Hel!"]],
  },
  {
    name: "continuation behind a control frame between messages",
    code: "UNEXPECTED_CONTINUATION",
    role: "client",
    hex: "89 00 00 00",
    at: 3,
    before: [["ping", ""]],
  },
  {
    name: "text in a fragmented text",
    code: "EXPECTED_CONTINUATION",
    role: "client",
    hex: `${BEGIN} 81 00`,
    at: 6,
  },
  {
    name: "binary in a fragmented text, behind a ping",
    code: "EXPECTED_CONTINUATION",
    role: "client",
    hex: `${BEGIN} 89 01 aa 02 00`,
    at: 9,
    before: [["ping", "aa"]],
  },
  {
    name: "a whole text from a client in its fragmented text",
    code: "EXPECTED_CONTINUATION",
    role: "server",
    hex: `${MASKED_BEGIN} 81 81 00000000 41`,
    at: 10,
  },
  {
    name: "text from a client without a mask",
    code: "MASK_REQUIRED",
    role: "server",
    hex: "81 05 48656c6c6f",
    at: 2,
  },
  {
    name: "Close from a client without a mask",
    code: "MASK_REQUIRED",
    role: "server",
    hex: "88 00",
    at: 2,
  },
  {
    name: "second fragment without a mask",
    code: "MASK_REQUIRED",
    role: "server",
    hex: `${MASKED_BEGIN} 80 02 6c6f`,
    at: 11,
  },
  {
    name: "text from a server with a mask",
    code: "MASK_FORBIDDEN",
    role: "client",
    hex: "81 85 37fa213d 7f9f4d5158",
    at: 2,
  },
  {
    name: "Pong from a server with a mask",
    code: "MASK_FORBIDDEN",
    role: "client",
    hex: "8a 80 00000000",
    at: 2,
  },
  ...["88", "89", "8a"].flatMap((first): Case[] => [
    {
      name: `control frame 0x${first} of 126 bytes`,
      code: "CONTROL_TOO_LONG",
      role: "server",
      hex: `${first} fe 007e 00000000`,
      at: 2,
    },
    {
      name: `control frame 0x${first} with a 64-bit length`,
      code: "CONTROL_TOO_LONG",
      role: "client",
      hex: `${first} 7f 0000000000000001`,
      at: 2,
    },
  ]),
  ...["0000", "0001", "007d"].map(
    (length): Case => ({
      name: `0x${length} in 16 bits`,
      code: "LENGTH_NOT_MINIMAL",
      role: "server",
      hex: `82 fe ${length} 00000000`,
      at: 4,
    }),
  ),
  ...["0000000000000000", "000000000000007e", "000000000000ffff"].map(
    (length): Case => ({
      name: `0x${length} in 64 bits`,
      code: "LENGTH_NOT_MINIMAL",
      role: "server",
      hex: `82 ff ${length} 00000000`,
      at: 10,
    }),
  ),
  ...["80", "ff"].map(
    (highest): Case => ({
      name: `64-bit length that begins with 0x${highest}`,
      code: "LENGTH_INVALID",
      role: "server",
      hex: `82 ff ${highest} 00000000000000 00000000`,
      at: 3,
    }),
  ),
  {
    name: "Close with one byte",
    code: "CLOSE_PAYLOAD_LENGTH",
    role: "client",
    hex: "88 01 03",
    at: 2,
  },
  ...["0000", "03e7", "03ec", "03ed", "03ee", "03f7", "03f8", "07d0", "0bb7", "1388", "ffff"].map(
    (code): Case => ({
      name: `Close with code ${Number.parseInt(code, 16)}`,
      code: "CLOSE_CODE_INVALID",
      role: "client",
      hex: `88 02 ${code}`,
      at: 4,
    }),
  ),
  {
    name: "Close with a reason that is no UTF-8",
    code: "INVALID_UTF8",
    role: "client",
    hex: "88 04 03e8 c328",
    at: 6,
  },
  {
    name: "Close with a reason that is cut off",
    code: "INVALID_UTF8",
    role: "client",
    hex: "88 04 03e8 41e2",
    at: 6,
  },
  {
    name: "text with a byte that UTF-8 never has, in the middle of its frame",
    code: "INVALID_UTF8",
    role: "client",
    hex: "81 05 48 ff 6c6c6f",
    at: 4,
  },
  {
    name: "the same from a client",
    code: "INVALID_UTF8",
    role: "server",
    hex: "81 85 37fa213d 7f 05 4d5158",
    at: 8,
  },
  {
    name: "text that goes beyond U+10FFFF in its second byte (Autobahn 6.4)",
    code: "INVALID_UTF8",
    role: "client",
    hex: "81 04 f4 90 80 80",
    at: 4,
  },
  {
    name: "text with a surrogate",
    code: "INVALID_UTF8",
    role: "client",
    hex: "81 03 ed a0 80",
    at: 4,
  },
  {
    name: "text with a character cut by the end of its only frame",
    code: "INVALID_UTF8",
    role: "client",
    hex: "81 03 41 e2 82",
    at: 5,
  },
  {
    name: "text with a character continued wrongly in the next fragment",
    code: "INVALID_UTF8",
    role: "client",
    hex: "01 02 e2 82 00 00 89 00 00 05 41 41414141",
    at: 11,
    before: [["ping", ""]],
  },
  {
    name: "text with a character cut by the end of the message, whose last fragment is empty",
    code: "INVALID_UTF8",
    role: "client",
    hex: "01 02 41 c3 80 00",
    at: 6,
  },
  {
    name: "declared size one beyond the limit in 7 bits",
    code: "MESSAGE_TOO_BIG",
    role: "server",
    hex: "82 8b 00000000",
    at: 2,
    rules: { maxMessageSize: 10 },
  },
  {
    name: "a whole message one beyond the limit",
    code: "MESSAGE_TOO_BIG",
    role: "server",
    hex: "82 8b 00000000 0000000000000000000000",
    at: 2,
    rules: { maxMessageSize: 10 },
  },
  {
    name: "declared size one beyond the limit in 16 bits",
    code: "MESSAGE_TOO_BIG",
    role: "server",
    hex: "82 fe 03e9 00000000",
    at: 4,
    rules: { maxMessageSize: 1000 },
  },
  {
    name: "declared size one beyond the limit in 64 bits",
    code: "MESSAGE_TOO_BIG",
    role: "server",
    hex: "82 ff 0000000000100001 00000000",
    at: 10,
  },
  ...["0020000000000000", "7fffffffffffffff"].map(
    (length): Case => ({
      name: `declared size of 0x${length} without a limit`,
      code: "MESSAGE_TOO_BIG",
      role: "server",
      hex: `82 ff ${length} 00000000`,
      at: 10,
      rules: { maxMessageSize: Number.POSITIVE_INFINITY },
    }),
  ),
  {
    name: "declared size beyond what a Buffer can hold, without a limit",
    code: "MESSAGE_TOO_BIG",
    role: "client",
    hex: `82 7f ${(BigInt(constants.MAX_LENGTH) + 1n).toString(16).padStart(16, "0")}`,
    at: 10,
    rules: { maxMessageSize: Number.POSITIVE_INFINITY },
  },
  {
    name: "declared size beyond what a string can hold, without a limit",
    code: "MESSAGE_TOO_BIG",
    role: "client",
    hex: "81 7f 0000000040000000",
    at: 10,
    rules: { maxMessageSize: Number.POSITIVE_INFINITY },
  },
  {
    name: "fragments that are together beyond the limit",
    code: "MESSAGE_TOO_BIG",
    role: "client",
    hex: "02 06 000000000000 89 01 aa 80 05 0000000000",
    at: 13,
    rules: { maxMessageSize: 10 },
    before: [["ping", "aa"]],
  },
  {
    name: "one fragment too many",
    code: "TOO_MANY_FRAGMENTS",
    role: "client",
    hex: `${BEGIN} 00 00 00 00 00 00`,
    at: 11,
    rules: { maxFragments: 3 },
  },
];
