/** Offers of permessage-deflate and what a server answers (RFC 7692 §5, §7.1). */
import type { RequestCase } from "../../case.ts";
import { readAnswer } from "../../opening/deflate-offer.ts";
import { adding } from "../../opening/head-changes.ts";
import { NO_EXTENSION } from "../../opening/server-answer.ts";
import { type HeadCheck, meets, type Outcome, weakens } from "../../outcome.ts";
import { extensionsOf } from "../../wire/head.ts";

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

/** Whether an answer accepts the offer with parameters that it allows. */
const accepting = (offer: string): HeadCheck => ({
  words: "with parameters that the offer allows",
  fault: (head) => {
    const [answer, ...more] = extensionsOf(head);
    return answer === undefined ? "Declined." : answerFault(offer, answer, more.length);
  },
});

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

/** What a server need not want is not for a refusal; to refuse it is no one's loss, either. */
function outcomesOf(offer: string, wanted: "accept" | "decline"): Outcome[] {
  const declined = { opening: "open", head: NO_EXTENSION } as const;
  if (wanted === "decline") {
    return [
      meets(declined, "Declined."),
      meets({ opening: "refused" }),
      weakens({ opening: "ended" }),
    ];
  }
  return [
    meets({ opening: "open", head: accepting(offer) }, "Accepted."),
    { counts: "declines", when: declined, why: "Declined." },
    weakens({ opening: "refused" }, "The handshake was refused for an offer that is allowed."),
  ];
}

/** Cases 24.5.1 to 24.5.34. */
export const OFFERED: readonly RequestCase[] = OFFERS.map(([offer, wanted], i) => ({
  kind: "request",
  only: "server",
  id: `24.5.${i + 1}`,
  description: `The offer "${offer}".`,
  rule: wanted === "accept" ? "offerAnswered" : "offerDeclined",
  outcomes: outcomesOf(offer, wanted),
  dangerous: true,
  change: adding(["Sec-WebSocket-Extensions", offer]),
}));
