import { type IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RequestHead } from "../handshake/request.ts";

/** Fields of which `node:http` keeps the first only, as its documentation of `message.headers` lists them. */
const SINGLE = new Set(
  [
    "age authorization content-length content-type etag expires from host if-modified-since",
    "if-unmodified-since last-modified location max-forwards proxy-authorization referer retry-after",
    "server user-agent",
  ].flatMap((names) => names.split(" ")),
);

/**
 * The `IncomingMessage` that `node:http` would have made of a head, its body empty and at its end.
 *
 * @param head one that this library has read itself
 * @param stream that it was read from
 */
export function rawRequest(head: RequestHead, stream: Duplex): IncomingMessage {
  // It takes any stream, and says so for its servers.
  const raw = new IncomingMessage(stream as Socket);
  const [major = "1", minor = "1"] = head.version.split(".");
  raw.method = head.method;
  raw.url = head.target;
  raw.httpVersion = head.version;
  raw.httpVersionMajor = Number(major);
  raw.httpVersionMinor = Number(minor);
  raw.rawHeaders = rawHeaders(head);
  raw.headers = joinedHeaders(head);
  raw.headersDistinct = distinctHeaders(head);
  raw.complete = true;
  raw.push(null);
  return raw;
}

/** Names, as they were written, and values in turn. */
function rawHeaders({ text, fields }: RequestHead): string[] {
  const names = [...text.matchAll(/\n([^:\s]+):/g)].map((match) => match[1] ?? "");
  return [...fields].flatMap(([name, value], i) => [names[i] ?? name, value]);
}

function joinedHeaders({ fields }: RequestHead): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (const name of fields.names) {
    const values = fields.getAll(name);
    if (name === "set-cookie") headers[name] = values;
    else if (SINGLE.has(name)) headers[name] = values[0];
    else headers[name] = values.join(name === "cookie" ? "; " : ", ");
  }
  return headers;
}

function distinctHeaders({ fields }: RequestHead): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null);
  for (const name of fields.names) headers[name] = fields.getAll(name);
  return headers;
}
