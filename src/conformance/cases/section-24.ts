/** Section 24: permessage-deflate beyond echoes (RFC 7692). */
import { constants, deflateRawSync } from "node:zlib";
import type { DialogCase, ServerProbe, Step } from "../case.ts";
import { readAnswer } from "../deflate-offer.ts";
import type { Finding } from "../finding.ts";
import type { Probe } from "../probe.ts";
import { OPCODE } from "../wire/frame.ts";
import { extensionsOf } from "../wire/head.ts";
import { CORRUPT, compressed, dialog, withFinal } from "./deflate-steps.ts";
import { WINDOW_ECHOES } from "./section-24-echoes.ts";
import { WINDOW_LEGAL } from "./section-24-legal.ts";
import { WINDOW_MISUSE } from "./section-24-misuse.ts";
import { CLEAN, frame, kill, message, PROTOCOL_ERROR, ping, text } from "./steps.ts";

const HELLO = "Hello, Hello, Hello!";

/** A payload as §7.2.1 makes it. */
function deflated(data: string | Buffer, level = 6): Buffer {
  const out = deflateRawSync(Buffer.from(data as string), {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return out.subarray(0, -4);
}

const legal = (id: string, what: string, rule: string, steps: readonly Step[], data = HELLO) =>
  dialog(id, what, "The message comes back; a clean close.", rule, CLEAN, [message(data)], steps);

const illegal = (id: string, what: string, rule: string, steps: readonly Step[]) =>
  dialog(id, what, "The connection is failed (1002).", rule, PROTOCOL_ERROR, [], steps);

const corrupt = (id: string, what: string, payload: Buffer) =>
  dialog(id, what, "The connection is failed.", "§7.2.2", CORRUPT, [], [compressed(payload)]);

const body = deflated(HELLO);

const LEGAL: readonly DialogCase[] = [
  legal("24.1.1", "A message that is not compressed", "§6.1", [text(HELLO)]),
  legal("24.1.2", "A compressed message in three fragments with a Ping inside", "§6.1", [
    compressed(body.subarray(0, 3), { fin: false }),
    frame(OPCODE.continuation, body.subarray(3, 5), { fin: false }),
    frame(OPCODE.continuation, body.subarray(5)),
  ]),
  legal("24.1.3", "A compressed message whose first fragment is empty", "§6.1", [
    compressed(Buffer.alloc(0), { fin: false }),
    frame(OPCODE.continuation, body),
  ]),
  legal("24.1.4", "A compressed message whose last fragment is empty", "§6.1", [
    compressed(body, { fin: false }),
    frame(OPCODE.continuation, ""),
  ]),
  legal(
    "24.1.5",
    "An empty message as a byte of zero",
    "§7.2.3.6",
    [compressed(Buffer.from([0]))],
    "",
  ),
  legal("24.1.6", "A stored block", "§7.2.3.3", [compressed(deflated(HELLO, 0))]),
  legal("24.1.7", "A block with BFINAL set", "§7.2.3.4", [compressed(withFinal(HELLO))]),
  legal("24.1.8", "Two blocks in one message", "§7.2.3.5", [
    compressed(
      Buffer.concat([
        deflated("Hello, "),
        Buffer.from([0, 0, 0xff, 0xff]),
        deflated("Hello, Hello!"),
      ]),
    ),
  ]),
  legal("24.1.9", "A compressed message, byte by byte", "§6.1", [compressed(body, { chop: 1 })]),
];

const MISUSE: readonly DialogCase[] = [
  illegal("24.2.1", "RSV1 on a Ping", "§6.1", [ping("x", { rsv: 4 })]),
  illegal("24.2.2", "RSV1 on a Pong", "§6.1", [frame(OPCODE.pong, "x", { rsv: 4 })]),
  illegal("24.2.3", "RSV1 on a continuation", "§6.1", [
    compressed(body.subarray(0, 3), { fin: false }),
    frame(OPCODE.continuation, body.subarray(3), { rsv: 4 }),
  ]),
  illegal("24.2.4", "RSV1 on the continuation of a message that is not compressed", "§6.1", [
    text("a", { fin: false }),
    frame(OPCODE.continuation, body, { rsv: 4 }),
  ]),
  illegal("24.2.5", "RSV2 beside RSV1", "§6", [compressed(body, { rsv: 6 })]),
  illegal("24.2.6", "RSV3 beside RSV1", "§6", [compressed(body, { rsv: 5 })]),
];

const STREAMS: readonly DialogCase[] = [
  corrupt("24.3.1", "A block of the reserved type 3", Buffer.from([0x07, 0x00])),
  corrupt(
    "24.3.2",
    "Bytes that are no deflate stream",
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0x12]),
  ),
  corrupt(
    "24.3.3",
    "A stored block whose lengths disagree",
    Buffer.from([0x00, 0x05, 0x00, 0x00, 0x00, 0x41]),
  ),
  corrupt(
    "24.3.4",
    "A match that reaches back before the first byte",
    Buffer.from([0x02, 0x02, 0x00, 0x00]),
  ),
  {
    ...dialog(
      "24.3.5",
      "Compressed text that is not UTF-8",
      "The connection is failed (1007).",
      "§6.2",
      { closedByMe: false, codes: [1007], requireClean: false, wrongEndIsFatal: true },
      [],
      [compressed(deflated(Buffer.from([0x61, 0xed, 0xa0, 0x80])))],
    ),
    rules: ["RFC 6455 §8.1", "RFC 7692 §6.2"],
  },
  corrupt(
    "24.3.6",
    "Text that ends within a stored block",
    Buffer.from([0x00, 0x64, 0x00, 0x9b, 0xff, 0x61, 0x62]),
  ),
];

/** 64 MiB of zeros. Made when it is needed. */
const bomb = () => deflated(Buffer.alloc(64 * 2 ** 20));

const BOMBS: readonly DialogCase[] = [
  {
    ...dialog(
      "24.4.1",
      "64 KiB that inflate to 64 MiB",
      "A testee may have a limit (1009, §10.4 of RFC 6455) or send it all back.",
      "§8",
      CLEAN,
      [],
      [],
    ),
    heavy: true,
    informational: () => "A limit is allowed, and none.",
    steps: () => [frame(OPCODE.binary, bomb(), { rsv: 4 }), kill(5000)],
  },
];

/** Offers and what may be answered: `decline` means that none of it may be accepted. */
const OFFERS: readonly (readonly [string, "accept" | "decline"])[] = [
  ["permessage-deflate", "accept"],
  ["permessage-deflate; client_max_window_bits", "accept"],
  ["permessage-deflate; client_max_window_bits=15", "accept"],
  ['permessage-deflate; client_max_window_bits="10"', "accept"],
  ["permessage-deflate; server_no_context_takeover", "accept"],
  ["permessage-deflate; client_no_context_takeover; server_max_window_bits=9", "accept"],
  ["x-unknown, permessage-deflate", "accept"],
  ["permessage-deflate; server_max_window_bits=7, permessage-deflate", "accept"],
  ["permessage-deflate; unknown=1", "decline"],
  ["permessage-deflate; server_no_context_takeover=1", "decline"],
  ["permessage-deflate; server_max_window_bits", "decline"],
  ["permessage-deflate; server_max_window_bits=7", "decline"],
  ["permessage-deflate; server_max_window_bits=16", "decline"],
  ["permessage-deflate; server_max_window_bits=08", "decline"],
  ["permessage-deflate; client_max_window_bits=0", "decline"],
  ["permessage-deflate; client_max_window_bits=9; client_max_window_bits=10", "decline"],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", "decline"],
  ...[8, 9, 10, 11, 12, 13, 14, 15].map(
    (bits) => [`permessage-deflate; server_max_window_bits=${bits}`, "accept"] as const,
  ),
  ...[8, 9, 14].map(
    (bits) => [`permessage-deflate; client_max_window_bits=${bits}`, "accept"] as const,
  ),
  ["permessage-deflate; client_no_context_takeover=true", "decline"],
  ["permessage-deflate; server_max_window_bits=", "decline"],
  ["permessage-deflate; server_max_window_bits=-9", "decline"],
  ["permessage-deflate; server_max_window_bits=9.5", "decline"],
  ["permessage-deflate; client_max_window_bits=16", "decline"],
  ["permessage-deflate; client_max_window_bits=7", "decline"],
];

const NEGOTIATION: readonly ServerProbe[] = OFFERS.map(([offer, wanted], i) => ({
  kind: "server-probe",
  only: "server",
  id: `24.5.${i + 1}`,
  description: `The offer "${offer}".`,
  expectation:
    wanted === "accept"
      ? "Accepted with parameters that the offer allows, or declined (UNIMPLEMENTED)."
      : "Declined: the connection opens without compression, or the request is refused.",
  rules: ["RFC 7692 §5", "RFC 7692 §7.1"],
  probe: (probe) => negotiate(probe, offer, wanted),
}));

async function negotiate(
  probe: Probe,
  offer: string,
  wanted: "accept" | "decline",
): Promise<Finding> {
  const { connection, head, opened, status } = await probe.ask([
    ["Sec-WebSocket-Extensions", offer],
  ]);
  if (head === undefined) {
    const gone = connection.ended && wanted === "decline";
    return { behavior: gone ? "NON-STRICT" : "FAILED", result: "No answer came." };
  }
  if (!opened) {
    // Another offer beside a bad one may be taken; to refuse them all is hard, but no one's loss.
    const mixed = offer.includes(", ") ? "NON-STRICT" : "FAILED";
    const behavior = wanted === "decline" ? "OK" : mixed;
    return { behavior, result: `Refused with ${status}.` };
  }
  const [answer, ...more] = extensionsOf(head);
  if (answer === undefined) {
    const behavior = wanted === "decline" ? "OK" : "UNIMPLEMENTED";
    return { behavior, result: "Declined." };
  }
  if (wanted === "decline")
    return { behavior: "FAILED", result: "Accepted an offer that is not valid." };
  const fault = answerFault(offer, answer, more.length);
  return fault === undefined
    ? { behavior: "OK", result: "Accepted." }
    : { behavior: "FAILED", result: fault };
}

function answerFault(
  offer: string,
  answer: ReturnType<typeof extensionsOf>[number],
  more: number,
): string | undefined {
  if (answer.name !== "permessage-deflate" || more > 0) return "Answered more than was offered.";
  const read = readAnswer(answer);
  if (typeof read === "string") return read;
  const names = new Map(answer.parameters);
  if (names.has("client_max_window_bits") && !offer.includes("client_max_window_bits")) {
    return "§7.1.2.2: client_max_window_bits was answered and not offered.";
  }
  if (offer.includes("server_no_context_takeover") && !names.has("server_no_context_takeover")) {
    return "§7.1.1.1: server_no_context_takeover was asked for and not answered.";
  }
  const bits = Number(/server_max_window_bits=([89]|1[0-5])\b/.exec(offer)?.[1] ?? 15);
  if (bits < 15 && Number(names.get("server_max_window_bits") ?? 15) > bits) {
    return `§7.1.2.1: server_max_window_bits must be at most ${bits}.`;
  }
  return undefined;
}

/** Cases 24.1.1 to 24.9.10. */
export const SECTION_24: readonly (DialogCase | ServerProbe)[] = [
  ...LEGAL,
  ...MISUSE,
  ...STREAMS,
  ...BOMBS,
  ...NEGOTIATION,
  ...WINDOW_MISUSE,
  ...WINDOW_ECHOES,
  ...WINDOW_LEGAL,
];
