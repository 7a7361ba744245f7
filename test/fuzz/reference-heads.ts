/**
 * What RFC 9112 §2 to §5, RFC 9110 and RFC 6455 §4 say of heads, as expressions over the whole of
 * one: no thought of speed or chunks, no code shared with the parsers but the accept key.
 */
import { acceptKey } from "../../src/handshake/accept-key.ts";

/** A head as the reference sees it. */
export interface ReferenceHead {
  /** Without what comes before the first line and behind the empty one. */
  readonly startLine: string;
  /** Names in lower case, values trimmed. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Where a head ends: behind its first empty line. -1 where it does not. */
export function referenceEnd(text: string): number {
  const start = /^[\r\n]*/.exec(text)![0].length;
  const empty = /\n\r?\n/.exec(text.slice(start));
  return empty === null ? -1 : start + empty.index + empty[0].length;
}

const TOKEN = "[-!#$%&'*+.^_`|~0-9A-Za-z]+";
const TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]";
const HEAD = new RegExp(`^(?:\\r\\n)*(${TEXT}+)\\r\\n((?:${TOKEN}:${TEXT}*\\r\\n)*)\\r\\n$`);

/** A head taken apart; undefined for one with a fault of syntax. */
export function referenceHead(text: string): ReferenceHead | undefined {
  const match = HEAD.exec(text);
  if (match === null) return undefined;
  const lines = match[2]!.split("\r\n").slice(0, -1);
  const fields = lines.map((line) => {
    const [, name, value] = /^([^:]*):[ \t]*(.*?)[ \t]*$/s.exec(line)!;
    return [name!.toLowerCase(), value!] as const;
  });
  return { startLine: match[1]!, fields };
}

const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([^ ]+) HTTP/([0-9]\\.[0-9])$`);

/** Method, target and version; undefined for a malformed line. */
export function referenceRequestLine(line: string): readonly [string, string, string] | undefined {
  const [, method, target, version] = REQUEST_LINE.exec(line) ?? [];
  return method === undefined ? undefined : [method, target!, version!];
}

/** The status with which a request to open a WebSocket is answered, the first fault that counts. */
export function referenceUpgradeStatus(head: ReferenceHead): 101 | 400 | 426 {
  const line = referenceRequestLine(head.startLine);
  const all = (name: string) => head.fields.filter(([own]) => own === name).map(([, v]) => v);
  const joined = (name: string) => (all(name).length === 0 ? undefined : all(name).join(", "));
  const hosts = all("host");
  const host = hosts.length === 1 ? authority(hosts[0]!) : undefined;
  const protocols = joined("sec-websocket-protocol");
  const good =
    line !== undefined &&
    line[0] === "GET" &&
    /^1\.[1-9]$/.test(line[2]) &&
    host !== undefined &&
    isTarget(line[1], host) &&
    isList(joined("upgrade"), /^[^/]+(\/[^/]+)?$/, "websocket") &&
    isList(joined("connection"), /^[^/]+$/, "upgrade") &&
    all("sec-websocket-key").length === 1 &&
    /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(all("sec-websocket-key")[0]!) &&
    all("sec-websocket-version").length < 2 &&
    all("origin").length < 2 &&
    (protocols === undefined || isProtocols(protocols)) &&
    all("transfer-encoding").length === 0 &&
    (all("content-length").length === 0 || /^0+$/.test(joined("content-length")!));
  if (!good) return 400;
  return all("sec-websocket-version")[0] === "13" ? 101 : 426;
}

/** Whether an answer opens the connection that was asked for with a key, and no more. */
export function referenceOpens(
  head: ReferenceHead,
  key: string,
  offered: readonly string[],
): boolean {
  const all = (name: string) => head.fields.filter(([own]) => own === name).map(([, v]) => v);
  const protocols = all("sec-websocket-protocol");
  const extensions = all("sec-websocket-extensions").flatMap((value) => items(value));
  return (
    /^HTTP\/1\.1 101( .*)?$/s.test(head.startLine) &&
    all("upgrade").join(", ").toLowerCase() === "websocket" &&
    items(all("connection").join(",")).some((item) => item.toLowerCase() === "upgrade") &&
    all("sec-websocket-accept").join(", ") === acceptKey(key) &&
    extensions.length === 0 &&
    (protocols.length === 0 || (protocols.length === 1 && offered.includes(protocols[0]!)))
  );
}

function items(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((item) => item !== "");
}

function isToken(text: string): boolean {
  return new RegExp(`^${TOKEN}$`).test(text);
}

/** A list of tokens, of which each fits a shape of its parts, and one is the one wanted. */
function isList(value: string | undefined, shape: RegExp, wanted: string): boolean {
  if (value === undefined) return false;
  const all = items(value);
  return (
    all.every((item) => shape.test(item) && item.split("/").every(isToken)) &&
    all.some((item) => item.toLowerCase() === wanted)
  );
}

function isProtocols(value: string): boolean {
  const all = items(value);
  return all.length > 0 && all.every(isToken) && new Set(all).size === all.length;
}

/** RFC 3986 §3.2: host and port, in one form each; undefined for what is none. */
function authority(text: string): { host: string; port: number | undefined } | undefined {
  const match =
    /^(\[[0-9A-Fa-f:.]{2,45}\]|(?:[-A-Za-z0-9._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+)(?::([0-9]*))?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const port = match[2] ? Number(match[2]) : undefined;
  if (port !== undefined && port > 65_535) return undefined;
  if (!match[1]!.startsWith("[")) return { host: match[1]!.toLowerCase(), port };
  const url = `http://${match[1]}/`;
  return URL.canParse(url) ? { host: new URL(url).hostname, port } : undefined;
}

function isTarget(target: string, host: { host: string; port: number | undefined }): boolean {
  if (!/^[!-"$-~]+$/.test(target)) return false;
  if (target.startsWith("/")) return true;
  const [, scheme, own] = /^(https?):\/\/([^/?]*)/i.exec(target) ?? [];
  if (scheme === undefined) return false;
  const other = authority(own!);
  const usual = scheme.toLowerCase() === "https" ? 443 : 80;
  return (
    other !== undefined &&
    other.host === host.host &&
    (other.port ?? usual) === (host.port ?? usual)
  );
}
