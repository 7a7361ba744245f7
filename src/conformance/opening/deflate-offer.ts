/** Negotiation of permessage-deflate (RFC 7692 §5, §7.1) by the judge, in both roles. */
import type { DeflateParameters } from "../wire/deflate.ts";
import type { ExtensionElement } from "../wire/head.ts";

/** What is asked of the peer's direction, and what the judge does in its own. */
export interface DeflateWish {
  /** Every message begins with an empty window (`*_no_context_takeover`). */
  readonly noTakeover: boolean;
  /** Size of the window in bits, 0 for no wish. */
  readonly bits: number;
  /**
   * A client that says that it will not take its window over (RFC 7692 §7.1.1.2) is taken at its word;
   * some want nothing else.
   */
  readonly hinted?: true;
  /** Left out, the judge offers both parameters for its direction, as Autobahn does, and takes any
   * answer. */
  readonly own?: OwnDirection;
}

/** What a case needs of the judge's direction; what is left out may be either. */
export interface OwnDirection {
  /** Whether a message may refer to those before it. */
  readonly takeover?: boolean;
  /** Size of the window in bits. */
  readonly bits?: number;
}

/**
 * Wishes in order of preference: a judge that connects offers all of them; one that is connected
 * to takes the first that some offer of the client allows.
 */
export type DeflateOffer = readonly DeflateWish[];

/** The value of `Sec-WebSocket-Extensions` for a request. */
export function offerField(offer: DeflateOffer): string {
  return offer
    .map(({ noTakeover, bits, own }) =>
      [
        "permessage-deflate",
        ...(own === undefined
          ? ["client_no_context_takeover", "client_max_window_bits"]
          : ownFields(own)),
        ...(noTakeover ? ["server_no_context_takeover"] : []),
        ...(bits > 0 ? [`server_max_window_bits=${bits}`] : []),
      ].join("; "),
    )
    .join(", ");
}

function ownFields({ takeover, bits }: OwnDirection): string[] {
  return [
    ...(takeover === false ? ["client_no_context_takeover"] : []),
    // §7.1.2.2: what is not offered cannot be limited.
    ...(bits === undefined || bits === 15 ? [] : [`client_max_window_bits=${bits}`]),
  ];
}

/** Whether what was agreed is what a wish with a direction of its own needs; others need nothing. */
export function meets(wishes: DeflateOffer, agreed: DeflateParameters): boolean {
  return wishes.some(({ own, noTakeover, bits }) => {
    if (own === undefined) return true;
    const takeover = own.takeover === undefined || own.takeover !== agreed.ownNoTakeover;
    const window = own.bits === undefined || own.bits === agreed.ownBits;
    const peer = (!noTakeover || agreed.peerNoTakeover) && agreed.peerBits <= (bits || 15);
    return takeover && window && peer;
  });
}

const BITS = /^(?:[89]|1[0-5])$/;

/**
 * What a server's answer means. Returns a sentence when the answer is not allowed (RFC 7692 §7.1).
 */
export function readAnswer(element: ExtensionElement): DeflateParameters | string {
  const found = new Map<string, string | undefined>();
  for (const [name, value] of element.parameters) {
    if (found.has(name)) return `permessage-deflate parameter ${name} appears twice`;
    const flag = name === "client_no_context_takeover" || name === "server_no_context_takeover";
    const bits = name === "client_max_window_bits" || name === "server_max_window_bits";
    if (!flag && !bits) return `permessage-deflate has no parameter ${name}`;
    if (flag && value !== undefined) return `${name} takes no value, got ${value}`;
    if (bits && !BITS.test(value ?? "")) return `${name} must be 8 to 15, got ${value}`;
    found.set(name, value);
  }
  return {
    ownNoTakeover: found.has("client_no_context_takeover"),
    ownBits: Number(found.get("client_max_window_bits") ?? 15),
    peerNoTakeover: found.has("server_no_context_takeover"),
    peerBits: Number(found.get("server_max_window_bits") ?? 15),
  };
}

/** The first wish that some offer allows: the answer to send and what it means. */
export function chooseAnswer(
  wishes: DeflateOffer,
  offers: readonly ExtensionElement[],
): { readonly field: string; readonly parameters: DeflateParameters } | undefined {
  for (const wish of wishes) {
    for (const offer of offers) {
      const answer = answerTo(offer, wish);
      if (answer !== undefined) return answer;
    }
  }
  return undefined;
}

function answerTo(offer: ExtensionElement, wish: DeflateWish) {
  if (offer.name !== "permessage-deflate") return undefined;
  const names = new Map(offer.parameters);
  // §7.1.1.2: client_no_context_takeover may be asked for whether it was offered or not;
  // §7.1.2.2: client_max_window_bits may not.
  if (wish.bits > 0 && !names.has("client_max_window_bits")) return undefined;
  const limit = names.get("server_max_window_bits");
  if (limit !== undefined && !BITS.test(limit)) return undefined;
  // §7.1.1.1, §7.1.2.1: a server may restrict itself, asked or not.
  const ownNoTakeover = names.has("server_no_context_takeover") || wish.own?.takeover === false;
  const ownBits = wish.own?.bits ?? Number(limit ?? 15);
  // Another offer may let the judge have the window it needs.
  if (ownBits > Number(limit ?? 15)) return undefined;
  const hinted = wish.hinted === true && names.has("client_no_context_takeover");
  const noTakeover = wish.noTakeover || hinted;
  const field = [
    "permessage-deflate",
    ...(ownNoTakeover ? ["server_no_context_takeover"] : []),
    ...(limit !== undefined || ownBits < 15 ? [`server_max_window_bits=${ownBits}`] : []),
    ...(noTakeover ? ["client_no_context_takeover"] : []),
    ...(wish.bits > 0 ? [`client_max_window_bits=${wish.bits}`] : []),
  ].join("; ");
  const parameters = {
    ownNoTakeover,
    ownBits,
    peerNoTakeover: noTakeover,
    peerBits: wish.bits || 15,
  };
  return { field, parameters };
}
