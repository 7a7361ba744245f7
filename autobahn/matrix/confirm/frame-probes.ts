/** Probes of frames on an open WebSocket. */
import type { Role } from "../../testee.ts";
import { deflateProbes } from "./deflate-probes.ts";
import { type Came, hex, type Probe } from "./probe.ts";
import {
  closesWith,
  codeOf,
  isClose,
  isData,
  isText,
  type Make,
  probesOn,
  some,
  type Wire,
  wireOf,
} from "./wire.ts";

/** What a probe needs to open a WebSocket with a testee in a role, with compression or without. */
export interface Opening {
  readonly plain: Probe["head"];
  readonly deflate: Probe["head"];
}

/** The probes of frames for testees in a role. */
export function frameProbes(role: Role, { deflate, plain }: Opening): Probe[] {
  const wire = wireOf(role);
  const wrongMask: Wire = (first, payload = "") => wire(first, payload, role === "client");
  const open = probesOn(plain);
  const alive = wire("81", "79");
  const MASK = "RFC 6455 §5.1";
  const how = role === "server" ? "unmasked" : "masked";
  const byRole = (server: string, client: string) => (role === "server" ? server : client);
  const close = (code: number) => wire("88", code.toString(16).padStart(4, "0"));
  return [
    open(
      MASK,
      `a text, ${how}`,
      wrongMask("81", "78"),
      some(isText("x")),
      byRole("22.3.1", "22.3.5"),
    ),
    open(
      MASK,
      `a binary message, ${how}`,
      wrongMask("82", "78"),
      some(isText("x")),
      byRole("22.3.2", "22.3.6"),
    ),
    open(
      MASK,
      `a Ping, ${how}`,
      wrongMask("89", "78"),
      some(({ first }) => first === 0x8a),
      byRole("22.3.3", "22.3.7"),
    ),
    open(
      MASK,
      `a Pong, ${how}, and a right text`,
      wrongMask("8a", "78") + alive,
      some(isText("y")),
      byRole("22.3.4", "22.3.8"),
    ),
    open(
      MASK,
      `an empty text, ${how}`,
      wrongMask("81"),
      some(isText("")),
      byRole("22.3.9", "22.3.10"),
    ),
    open(
      MASK,
      `a fragment, and its end ${how}`,
      wire("01", "61") + wrongMask("80", "62"),
      some(isText("ab")),
      "22.3.11",
    ),
    open(
      MASK,
      `a text of 126 bytes, ${how}`,
      wrongMask("81", "78".repeat(126)),
      some(isText("x".repeat(126))),
      byRole("22.3.15", "22.3.16"),
    ),
    open("RFC 6455 §5.2", "a text with RSV3", wire("91", "78"), some(isText("x")), "3.*", "22.5.*"),
    open(
      "RFC 6455 §5.2",
      "a frame with opcode 3, and a text",
      wire("83", "78") + alive,
      some((frame) => isText("y")(frame) || (frame.first & 0x0f) === 3),
      "4.*",
      "22.4.*",
    ),
    open(
      "RFC 6455 §5.5",
      "a Ping of 126 bytes",
      wire("89", "78".repeat(126)),
      some(({ first }) => first === 0x8a),
      "2.5",
    ),
    open(
      "RFC 6455 §5.4",
      "a text in two fragments",
      wire("01", "61") + wire("80", "62"),
      ({ frames }) => frames.some(isText("a")),
      ...["5.3", "5.4", "5.5", "5.6", "5.7", "5.8", "5.19", "5.20", "10.1.1"],
      ...["22.6.5", "22.9.2", "22.9.3", "22.9.4"],
    ),
    open(
      "RFC 6455 §5.4",
      "a continuation of nothing, and a text",
      wire("80", "78") + alive,
      some(isText("y")),
      ...["5.9", "5.10", "5.11", "5.12", "5.13", "5.14", "5.15", "5.16", "5.17", "27.1.20"],
    ),
    open(
      "RFC 6455 §5.4",
      "a text within a message",
      wire("01", "61") + wire("81", "62"),
      some((frame) => isText("b")(frame) || isText("ab")(frame)),
      "5.18",
    ),
    open(
      "RFC 6455 §5.5",
      "a Ping in two fragments, and a text",
      wire("09", "61") + wire("80", "62") + alive,
      some(isText("y")),
      "5.1",
      "5.2",
    ),
    open(
      "RFC 6455 §8.1",
      "text that is not UTF-8",
      wire("81", "eda080"),
      ({ frames }) =>
        frames.some(({ first, payload }) => first === 0x81 && payload.equals(hex("eda080"))),
      "6.*",
    ),
    open(
      "RFC 6455 §8.1",
      "text that ends within a character",
      wire("81", "cebae1"),
      ({ frames }) =>
        frames.some(({ first, payload }) => first === 0x81 && payload.equals(hex("cebae1"))),
      "6.6.*",
      "6.14.6",
      "6.14.7",
    ),
    open(
      "RFC 6455 §5.5.1",
      "a Close within a message, and the end of the message",
      wire("01", "61") + close(1000) + wire("80", "62"),
      (came) => closesWith(1002)(came) || some(isData)(came),
      "7.1.5",
    ),
    open(
      "RFC 6455 §5.5.1",
      "a Close of one byte",
      wire("88", "61"),
      some((frame) => isClose(frame) && (codeOf(frame) === 1000 || frame.payload.length === 1)),
      "7.3.2",
    ),
    open(
      "RFC 6455 §5.5",
      "a Close of 126 bytes",
      wire("88", `03e8${"2a".repeat(124)}`),
      closesWith(1000),
      "7.3.6",
    ),
    open(
      "RFC 6455 §8.1",
      "a Close whose reason is not UTF-8",
      wire("88", "03e8eda080"),
      closesWith(1000),
      "7.5.1",
    ),
    ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].map((code, i) =>
      open(
        "RFC 6455 §5.5.1",
        `a Close with ${code}`,
        close(code),
        some((frame) => isClose(frame) && [code, 1000].includes(codeOf(frame) ?? -1)),
        `7.9.${i + 1}`,
      ),
    ),
    ...[1005, 1006, 1015].map((code, i) =>
      open(
        "RFC 6455 §7.4.1",
        `a Close with ${code}`,
        close(code),
        closesWith(code),
        `23.3.${i + 2}`,
      ),
    ),
    open(
      "RFC 6455 §5.5.1",
      "a Close with 1000",
      close(1000),
      unanswered,
      ...["22.7.*", "22.8.*", "7.7.*", "23.2.*", "23.6.*", "23.7.*"],
    ),
    ...(
      [
        ["a binary message", "82"],
        ["a Pong", "8a"],
        ["a continuation of nothing", "80"],
        ["a frame with opcode 3", "83"],
      ] as const
    ).map(([what, first], i) =>
      open(
        "RFC 6455 §5.5.1",
        `a Close with 1000, and ${what} behind it`,
        close(1000) + wire(first, "78"),
        // Some may be taken for a reason to fail the connection, with no Close at all.
        (came) => (i < 2 && unanswered(came)) || some(isData)(came),
        `22.7.${i + 1}`,
      ),
    ),
    ...(role === "server" ? lengths(open) : []),
    ...deflateProbes(wire, probesOn(deflate), alive),
  ];
}

const isGone = ({ gone }: Came) => gone;
const unanswered = ({ ended, frames }: Came) => ended && !frames.some(isClose);

/** Lengths that have been the end of servers. */
const lengths = (make: Make): Probe[] =>
  (
    [
      ["a length of 2^63", "82 ff 8000000000000000 00000000", "22.2.1"],
      ["a length of 2^64 - 1", "81 ff ffffffffffffffff 00000000", "22.2.2"],
      ["a Ping with a length of 2^63", "89 ff 8000000000000000 00000000", "22.2.4"],
      ["a length of 2^63 + 5, and 5 bytes", "81 ff 8000000000000005 00000000 68656c6c6f", "22.2.5"],
      ["a length of 2^64 - 10", `82 ff fffffffffffffff6 00000000 ${"78".repeat(64)}`, "27.1.5"],
      ["a length of 2^64 - 1", `82 ff ffffffffffffffff 00000000 ${"78".repeat(64)}`, "27.1.6"],
      ["a length of 2^64 - 4", `82 ff fffffffffffffffc 00000000 ${"78".repeat(64)}`, "27.1.7"],
    ] as const
  ).map(([what, bytes, id]) => make("RFC 6455 §10.4", what, bytes, isGone, id));
