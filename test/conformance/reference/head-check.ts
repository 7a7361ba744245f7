/** Strict reading of heads for the reference peers: what HTTP and RFC 6455 forbid, they refuse. */
import type { DeflateOffer } from "../../../src/conformance/opening/deflate-offer.ts";
import { type extensionsOf, fieldValues, type Head } from "../../../src/conformance/wire/head.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Whether every line of a head has the form of RFC 9112 §5. */
export function fieldsAreSound({ fields, raw }: Head): boolean {
  const lines = raw.split("\r\n").slice(1, -2);
  if (lines.some((line) => !line.includes(":") || /[\0\r\n]/.test(line))) return false;
  return fields.every(([name]) => TOKEN.test(name));
}

/** The status with which a request is refused, `undefined` if nothing is wrong with it. */
export function requestStatus(head: Head): number | undefined {
  if (!fieldsAreSound(head)) return 400;
  const host = fieldValues(head, "Host");
  if (host.length !== 1 || !/^[\w.:[\]-]*$/.test(host[0]!)) return 400;
  const [method, target, version, ...more] = head.start.split(" ");
  if (more.length > 0 || !/^(\/|https?:)/.test(target ?? "")) return 400;
  if (method !== "GET") return 405;
  if (version !== "HTTP/1.1") return version?.startsWith("HTTP/") ? 505 : 400;
  if (fieldValues(head, "Transfer-Encoding").length > 0) return 400;
  const lengths = fieldValues(head, "Content-Length");
  if (lengths.length > 1 || lengths.some((length) => length !== "0")) return 400;
  return extensionsAreSound(head) ? undefined : 400;
}

const EXTENSION = /^[\w-]+( *; *[\w-]+( *= *([\w-]+|"[\w-]+"|[\w.-]*))?)* *$/;

/** Whether the offers have the grammar of §9.1, but for values, which RFC 7692 judges. */
function extensionsAreSound(head: Head): boolean {
  const elements = fieldValues(head, "Sec-WebSocket-Extensions").flatMap((one) => one.split(","));
  return elements.every((element) => EXTENSION.test(element.trim()));
}

const BITS = /^(?:[89]|1[0-5])$/;

/** Whether an offer of permessage-deflate has the parameters that RFC 7692 §7.1 allows. */
export function offerIsSound(offer: ReturnType<typeof extensionsOf>[number]): boolean {
  const names = offer.parameters.map(([name]) => name);
  if (new Set(names).size < names.length) return false;
  return offer.parameters.every(([name, value]) => {
    if (/^(client|server)_no_context_takeover$/.test(name)) return value === undefined;
    if (name === "client_max_window_bits") return value === undefined || BITS.test(value);
    return name === "server_max_window_bits" && BITS.test(value ?? "");
  });
}

/** What the reference servers agree to: what a client says that it will do, too. */
export function wishesFor(offers: ReturnType<typeof extensionsOf>): DeflateOffer {
  const hints = offers.map(({ parameters }) => {
    const names = new Map(parameters);
    const bits = Number(names.get("client_max_window_bits") ?? 0);
    return { noTakeover: names.has("client_no_context_takeover"), bits };
  });
  return [...hints, { noTakeover: false, bits: 0 }];
}
