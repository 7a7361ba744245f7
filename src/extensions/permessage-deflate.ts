import { shown } from "../options/describe.ts";
import { type ExtensionOffer, formatExtensions, parseExtensions } from "./header.ts";

/**
 * Negotiation of permessage-deflate (RFC 7692 §7.1), on both sides.
 */

const NAME = "permessage-deflate";

/** RFC 7692 §7.1.2: the largest window that there may be, as base-2 logarithm of bytes. */
const MAX_BITS = 15;

/** How one direction of a connection is compressed. */
export interface DeflateDirection {
  /** Base-2 logarithm of the window in bytes, 8 to 15. */
  readonly windowBits: number;
  /** Whether a message may refer to those before it (§7.1.1). */
  readonly contextTakeover: boolean;
}

/** What a side would like, before it knows what the other one does. */
export interface DeflateWishes {
  /** The largest window, in both directions, as base-2 logarithm of bytes, 8 to 15. */
  readonly windowBits: number;
  /** Context takeover for what this side sends. */
  readonly sendContextTakeover: boolean;
  /** Context takeover for what the other side sends. */
  readonly receiveContextTakeover: boolean;
}

/** What both sides have agreed upon. */
export interface DeflateAgreement {
  readonly send: DeflateDirection;
  readonly receive: DeflateDirection;
}

/** The parameters of one offer or answer. */
interface Params {
  serverNoTakeover: boolean;
  clientNoTakeover: boolean;
  serverBits: number | undefined;
  /** `true` where the parameter has no value, as an offer may have it. */
  clientBits: number | true | undefined;
}

/**
 * Accepts the first of a client's offers that can be met (§5.1, §7.1).
 *
 * @returns the agreement and the value of the answer's Sec-WebSocket-Extensions; undefined to go
 * without compression
 */
export function acceptDeflate(
  offers: readonly ExtensionOffer[],
  wishes: DeflateWishes,
): (DeflateAgreement & { readonly extensions: string }) | undefined {
  for (const offer of offers) {
    if (offer.name !== NAME) continue;
    // §7.1: an offer with a parameter that is unknown, is there twice or has a wrong value is
    // declined.
    const params = readParams(offer.params);
    if (typeof params !== "string") return accept(params, wishes);
  }
  return undefined;
}

function accept(
  offered: Params,
  wishes: DeflateWishes,
): DeflateAgreement & { readonly extensions: string } {
  const send = {
    windowBits: Math.min(wishes.windowBits, offered.serverBits ?? MAX_BITS),
    contextTakeover: wishes.sendContextTakeover && !offered.serverNoTakeover,
  };
  const receive = {
    // §7.1.2.2: a client that has not offered the parameter does not understand it.
    windowBits:
      offered.clientBits === undefined
        ? MAX_BITS
        : Math.min(wishes.windowBits, offered.clientBits === true ? MAX_BITS : offered.clientBits),
    contextTakeover: wishes.receiveContextTakeover && !offered.clientNoTakeover,
  };
  const params: [string, string | true][] = [];
  // §7.1.1, §7.1.2.1: a server may restrict itself, and the client's takeover, without being asked.
  if (!send.contextTakeover) params.push(["server_no_context_takeover", true]);
  if (!receive.contextTakeover) params.push(["client_no_context_takeover", true]);
  if (send.windowBits < MAX_BITS || offered.serverBits !== undefined) {
    params.push(["server_max_window_bits", `${send.windowBits}`]);
  }
  if (receive.windowBits < MAX_BITS) {
    params.push(["client_max_window_bits", `${receive.windowBits}`]);
  }
  return { send, receive, extensions: formatExtensions([{ name: NAME, params }]) };
}

/** The value of a client's Sec-WebSocket-Extensions (§7.1). */
export function offerDeflate(wishes: DeflateWishes): string {
  const takeover: [string, string | true][] = [];
  if (!wishes.receiveContextTakeover) takeover.push(["server_no_context_takeover", true]);
  if (!wishes.sendContextTakeover) takeover.push(["client_no_context_takeover", true]);
  const offers: ExtensionOffer[] = [
    { name: NAME, params: [...takeover, ["client_max_window_bits", true]] },
  ];
  if (wishes.windowBits < MAX_BITS) {
    const bits = `${wishes.windowBits}`;
    const limits: [string, string][] = [
      ["client_max_window_bits", bits],
      ["server_max_window_bits", bits],
    ];
    // §5.1: in the order of preference. A server that cannot limit its window, or that allows this
    // side no less than a larger one (`ws` with a number as clientMaxWindowBits), takes the second.
    offers.unshift({ name: NAME, params: [...takeover, ...limits] });
  }
  return formatExtensions(offers);
}

/**
 * Reads and judges the Sec-WebSocket-Extensions of a server's answer to {@link offerDeflate}.
 *
 * @returns as {@link checkDeflateAnswer} does
 */
export function readDeflateAnswer(
  field: string,
  wishes: DeflateWishes,
): DeflateAgreement | string | undefined {
  const answer = parseExtensions(field);
  if (answer !== undefined) return checkDeflateAnswer(answer, wishes);
  return `Sec-WebSocket-Extensions is ${shown(field)}, which breaks its grammar (RFC 6455 §9.1)`;
}

/**
 * Judges a server's answer to {@link offerDeflate}.
 *
 * @param answer undefined or empty where the server has accepted no extension
 * @returns the agreement; undefined to go without compression; a string that says what is wrong
 * and for which the connection must be failed (§7.1)
 */
export function checkDeflateAnswer(
  answer: readonly ExtensionOffer[],
  wishes: DeflateWishes,
): DeflateAgreement | string | undefined {
  const [first, ...others] = answer;
  if (first === undefined) return undefined;
  for (const { name } of answer) {
    // RFC 6455 §4.1 5: no extension that was not offered.
    if (name !== NAME) return `the extension ${JSON.stringify(name)} was not offered`;
  }
  if (others.length > 0) return `${NAME} is accepted more than once`;
  const params = readParams(first.params);
  if (typeof params === "string") return `the server's ${NAME} has ${params}`;
  return checkAgainstOffer(params, wishes);
}

function checkAgainstOffer(params: Params, wishes: DeflateWishes): DeflateAgreement | string {
  const { serverNoTakeover, clientNoTakeover, serverBits, clientBits } = params;
  // §7.1.1.1: a server that accepts the offer includes the parameter.
  if (!wishes.receiveContextTakeover && !serverNoTakeover) {
    return `the server's ${NAME} lacks server_no_context_takeover, which was asked for`;
  }
  // §7.1.2.2: in an answer the parameter has a value.
  if (clientBits === true) return `the server's ${NAME} has client_max_window_bits without a value`;
  // The last offer names no size, so any that is answered is within one of the offers.
  return {
    send: {
      windowBits: Math.min(wishes.windowBits, clientBits ?? MAX_BITS),
      contextTakeover: wishes.sendContextTakeover && !clientNoTakeover,
    },
    receive: { windowBits: serverBits ?? MAX_BITS, contextTakeover: !serverNoTakeover },
  };
}

/** @returns the parameters, or what is wrong with them */
function readParams(list: ExtensionOffer["params"]): Params | string {
  const params: Params = {
    serverNoTakeover: false,
    clientNoTakeover: false,
    serverBits: undefined,
    clientBits: undefined,
  };
  const seen = new Set<string>();
  for (const [name, value] of list) {
    if (seen.has(name)) return `the parameter ${name} twice`;
    seen.add(name);
    if (!readParam(params, name, value)) {
      const shown = value === true ? name : `${name}=${JSON.stringify(value)}`;
      return `the parameter ${shown}, which RFC 7692 does not know`;
    }
  }
  return params;
}

/** @returns whether the parameter exists and has a value that it may have */
function readParam(params: Params, name: string, value: string | true): boolean {
  switch (name) {
    case "server_no_context_takeover":
      params.serverNoTakeover = true;
      return value === true;
    case "client_no_context_takeover":
      params.clientNoTakeover = true;
      return value === true;
    case "server_max_window_bits":
      params.serverBits = readBits(value);
      return params.serverBits !== undefined;
    case "client_max_window_bits":
      params.clientBits = value === true ? true : readBits(value);
      return params.clientBits !== undefined;
    default:
      return false;
  }
}

/** §7.1.2: a decimal integer without leading zeroes, 8 to 15. */
function readBits(value: string | true): number | undefined {
  if (value === true || !/^(?:[89]|1[0-5])$/.test(value)) return undefined;
  return Number(value);
}
