/**
 * HTTP/1.1 heads of the opening handshake (RFC 6455 §4), read leniently and kept byte for byte.
 * Nothing here is shared with the library's own handshake.
 */
import { createHash } from "node:crypto";

/** One request or response head as it was received. */
export interface Head {
  /** The request line or status line. */
  readonly start: string;
  /** Name and value of every field in order; values without surrounding blanks. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The head as received, with its empty line, one character per byte. */
  readonly raw: string;
}

/** More head than this is not read, in bytes. */
const LARGEST_HEAD = 256 * 1024;

/** Collects chunks until a head is complete. */
export class HeadReader {
  #bytes = Buffer.alloc(0);
  /** The bytes that followed the head, once it is complete. */
  rest = Buffer.alloc(0);
  /** Set when the head grew past all measure. */
  overflow = false;

  /** What came so far, for reports on heads that never ended. One character per byte. */
  get partial(): string {
    return this.#bytes.toString("latin1");
  }

  /** Takes a chunk; returns the head when its end has been seen. */
  feed(chunk: Buffer): Head | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) {
      this.overflow = this.#bytes.length > LARGEST_HEAD;
      return undefined;
    }
    this.rest = Buffer.from(this.#bytes.subarray(end + 4));
    return parseHead(this.#bytes.toString("latin1", 0, end + 4));
  }
}

function parseHead(raw: string): Head {
  const [start = "", ...lines] = raw.split("\r\n").slice(0, -2);
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    const cut = colon < 0 ? line.length : colon;
    return [line.slice(0, cut), line.slice(cut + 1).trim()] as const;
  });
  return { start, fields, raw };
}

/** All values of a field, by its name in any case. */
export function fieldValues(head: Head, name: string): string[] {
  return head.fields.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
}

/** Whether a comma-separated field has `token` in it, in any case (RFC 9110 §5.6.1). */
export function hasToken(head: Head, name: string, token: string): boolean {
  return fieldValues(head, name)
    .flatMap((value) => value.split(","))
    .some((part) => part.trim().toLowerCase() === token);
}

/** The status code of a response head, 0 where there is none to be read. */
export function statusOf(head: Head): number {
  return Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(head.start)?.[1] ?? 0);
}

/** `Sec-WebSocket-Accept` for a key (RFC 6455 §4.2.2, item 5.4). */
export function acceptFor(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** One element of `Sec-WebSocket-Extensions`. */
export interface ExtensionElement {
  readonly name: string;
  /** Parameters in order; `undefined` for one without a value. */
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[];
}

/** Splits all `Sec-WebSocket-Extensions` fields of a head (§9.1), quotes taken off. */
export function extensionsOf(head: Head): ExtensionElement[] {
  return fieldValues(head, "Sec-WebSocket-Extensions")
    .flatMap((value) => value.split(","))
    .filter((element) => element.trim() !== "")
    .map((element) => {
      const [name = "", ...rest] = element.split(";").map((part) => part.trim());
      const parameters = rest.map((part) => {
        const [key = "", value] = part.split("=", 2).map((side) => side.trim());
        return [key.toLowerCase(), value?.replace(/^"(.*)"$/, "$1")] as const;
      });
      return { name: name.toLowerCase(), parameters };
    });
}

/** A head as bytes: the start line, the fields, an empty line. */
export function formatHead(start: string, fields: readonly (readonly [string, string])[]): string {
  return `${[start, ...fields.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
}
