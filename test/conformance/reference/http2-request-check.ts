/** What RFC 9113 §8 and RFC 8441 say about a request for a WebSocket. */
import type { Field } from "../../../src/conformance/http2/hpack.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PSEUDO = [":method", ":protocol", ":scheme", ":path", ":authority"];
const OF_CONNECTIONS = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
];

/** The status to refuse a request with, `"malformed"`, or `undefined` if nothing is wrong with it. */
export function requestFault(fields: readonly Field[]): number | "malformed" | undefined {
  const values = new Map(fields);
  if (!pseudoAreSound(fields) || !fields.every(isSound)) return "malformed";
  if (values.get(":method") !== "CONNECT") return values.has(":protocol") ? "malformed" : 404;
  if (values.get(":protocol") !== "websocket") return 501;
  return values.get("sec-websocket-version") === "13" ? undefined : 400;
}

function pseudoAreSound(fields: readonly Field[]): boolean {
  const names = fields.map(([name]) => name);
  const pseudo = names.filter((name) => name.startsWith(":"));
  const leading = names.slice(0, pseudo.length).every((name) => name.startsWith(":"));
  const known = pseudo.every((name) => PSEUDO.includes(name));
  const path = fields.find(([name]) => name === ":path")?.[1] ?? "";
  return (
    leading &&
    known &&
    pseudo.length === PSEUDO.length &&
    new Set(pseudo).size === pseudo.length &&
    path !== ""
  );
}

function isSound([name, value]: Field): boolean {
  if (name.startsWith(":")) return true;
  if (!TOKEN.test(name) || /[\0\r\n]/.test(value)) return false;
  return !OF_CONNECTIONS.includes(name) && (name !== "te" || value === "trailers");
}
