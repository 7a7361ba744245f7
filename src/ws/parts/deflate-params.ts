import type { DeflateAgreement } from "../../extensions/permessage-deflate.ts";
import type { PerMessageDeflateOptions } from "../types/options.ts";
import type { ParsedParams } from "./extension.ts";

/** Parameters of permessage-deflate (RFC 7692 §7.1) as they are offered or agreed upon. */
export interface DeflateParams {
  server_no_context_takeover?: true;
  client_no_context_takeover?: true;
  server_max_window_bits?: number;
  /** `true` in an offer that leaves the size to the server. */
  client_max_window_bits?: number | true;
}

/** What a client offers. */
export function offerOf(options: PerMessageDeflateOptions): DeflateParams {
  const params: DeflateParams = {};
  if (options.serverNoContextTakeover) params.server_no_context_takeover = true;
  if (options.clientNoContextTakeover) params.client_no_context_takeover = true;
  if (options.serverMaxWindowBits) params.server_max_window_bits = options.serverMaxWindowBits;
  if (options.clientMaxWindowBits) params.client_max_window_bits = options.clientMaxWindowBits;
  // §7.1.2.2: that the client can limit its window.
  else if (options.clientMaxWindowBits === undefined) params.client_max_window_bits = true;
  return params;
}

/**
 * Checks the parameters of an offer or an answer, and gives them the types that they have.
 *
 * @param byServer whether a server reads them, in an offer
 * @throws Error, TypeError that names the parameter
 */
export function readParams(parsed: ParsedParams, byServer: boolean): DeflateParams {
  const params: DeflateParams = Object.create(null);
  for (const [name, values] of Object.entries(parsed)) {
    if (values.length > 1) throw new Error(`Parameter "${name}" must have only a single value`);
    const [value] = values;
    if (name === "server_max_window_bits") params[name] = readBits(name, value);
    else if (name === "client_max_window_bits") {
      // §7.1.2.2: in an answer it has a value.
      params[name] = value === true && byServer ? true : readBits(name, value);
    } else if (name === "server_no_context_takeover" || name === "client_no_context_takeover") {
      if (value !== true) throw invalid(name, value);
      params[name] = true;
    } else throw new Error(`Unknown parameter "${name}"`);
  }
  return params;
}

/** §7.1.2: a decimal integer without leading zeroes, 8 to 15. */
function readBits(name: string, value: unknown): number {
  if (!/^(?:[89]|1[0-5])$/.test(String(value))) throw invalid(name, value);
  return Number(value);
}

function invalid(name: string, value: unknown): TypeError {
  return new TypeError(`Invalid value for parameter "${name}": ${value}`);
}

/**
 * What a server makes of a client's offers.
 *
 * @throws Error if it can take none
 */
export function acceptOffer(
  offers: readonly DeflateParams[],
  options: PerMessageDeflateOptions,
): DeflateParams {
  const accepted = offers.find((offer) => isAcceptable(offer, options));
  if (accepted === undefined) throw new Error("None of the extension offers can be accepted");
  if (options.serverNoContextTakeover) accepted.server_no_context_takeover = true;
  if (options.clientNoContextTakeover) accepted.client_no_context_takeover = true;
  const { serverMaxWindowBits, clientMaxWindowBits } = options as Bits;
  if (typeof serverMaxWindowBits === "number") {
    accepted.server_max_window_bits = serverMaxWindowBits;
  }
  if (typeof clientMaxWindowBits === "number") {
    // §7.1.2.2: no larger than what the client has offered.
    const offered = accepted.client_max_window_bits;
    accepted.client_max_window_bits =
      typeof offered === "number" ? Math.min(offered, clientMaxWindowBits) : clientMaxWindowBits;
  } else if (accepted.client_max_window_bits === true || clientMaxWindowBits === false) {
    delete accepted.client_max_window_bits;
  }
  return accepted;
}

/** The options may be false as well, which is in no type. */
interface Bits {
  readonly serverMaxWindowBits?: number | boolean;
  readonly clientMaxWindowBits?: number | boolean;
}

function isAcceptable(offer: DeflateParams, options: PerMessageDeflateOptions): boolean {
  const { serverMaxWindowBits, clientMaxWindowBits } = options as Bits;
  if (offer.server_no_context_takeover && options.serverNoContextTakeover === false) return false;
  const offered = offer.server_max_window_bits;
  if (offered !== undefined) {
    if (serverMaxWindowBits === false) return false;
    if (typeof serverMaxWindowBits === "number" && serverMaxWindowBits > offered) return false;
  }
  // §7.1.2.2: a client that has not offered the parameter does not understand it.
  return typeof clientMaxWindowBits !== "number" || offer.client_max_window_bits !== undefined;
}

/**
 * What a client makes of the server's answer.
 *
 * @throws Error for what it has not offered
 */
export function acceptAnswer(
  answer: DeflateParams,
  options: PerMessageDeflateOptions,
): DeflateParams {
  const { clientMaxWindowBits } = options as Bits;
  if (answer.client_no_context_takeover && options.clientNoContextTakeover === false) {
    throw new Error('Unexpected parameter "client_no_context_takeover"');
  }
  const answered = answer.client_max_window_bits;
  if (answered === undefined) {
    if (typeof clientMaxWindowBits === "number") {
      answer.client_max_window_bits = clientMaxWindowBits;
    }
  } else if (
    clientMaxWindowBits === false ||
    (typeof clientMaxWindowBits === "number" && Number(answered) > clientMaxWindowBits)
  ) {
    throw new Error('Unexpected or invalid parameter "client_max_window_bits"');
  }
  return answer;
}

const MOST_BITS = 15;

/** What the parameters mean for the messages of a side. */
export function agreementOf(params: DeflateParams, isServer: boolean): DeflateAgreement {
  const server = {
    windowBits: params.server_max_window_bits ?? MOST_BITS,
    contextTakeover: params.server_no_context_takeover !== true,
  };
  const bits = params.client_max_window_bits;
  const client = {
    windowBits: typeof bits === "number" ? bits : MOST_BITS,
    contextTakeover: params.client_no_context_takeover !== true,
  };
  return isServer ? { send: server, receive: client } : { send: client, receive: server };
}
