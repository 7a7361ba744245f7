/**
 * The header of the PROXY protocol, versions 1 and 2, by which a proxy says in front of everything else
 * from whom it has accepted a connection (HAProxy's `doc/proxy-protocol.txt`).
 */

import { isIPv4, isIPv6 } from "node:net";
import { crc32c } from "./crc32c.ts";

/** The two ends of a connection, as its proxy saw them. */
export interface ProxiedEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** A header that is complete. */
export interface ProxyHeader {
  /** Its bytes; what follows is the client's. */
  readonly length: number;
  /** Undefined where the proxy speaks for itself, or for a client without an IP address. */
  readonly ends: ProxiedEnds | undefined;
  /** Whether the client's connection is TLS; undefined where the proxy does not say. */
  readonly secure: boolean | undefined;
}

/** §2.1: the longest header of version 1 has 107 bytes. */
const LONGEST_TEXT = 107;
const TEXT_SIGNATURE = Buffer.from("PROXY ");
/** §2.2 */
const BINARY_SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const BINARY_HEAD = 16;
/** Bytes behind the first 16 that are taken: addresses, and what proxies are known to add. */
const LONGEST_REST = 4096;

/** §2.2: family and transport. The addresses of a Unix socket are names of 108 bytes each. */
const ADDRESS_LENGTHS: Readonly<Record<number, number>> = { 0: 0, 17: 12, 33: 36, 49: 216 };
const IPV4 = 0x11;
const IPV6 = 0x21;

/** §2.2.3, §2.2.6 */
const TYPE_CRC32C = 0x03;
const TYPE_SSL = 0x20;

/**
 * Reads the header from the beginning of `bytes`.
 *
 * @returns "incomplete" as long as they may become one, and what is wrong at the first byte that proves
 * that they will not
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | "incomplete" | { fault: string } {
  if (begins(bytes, BINARY_SIGNATURE)) {
    return bytes.length < BINARY_HEAD ? binaryBeginning(bytes) : binaryHeader(bytes);
  }
  if (begins(bytes, TEXT_SIGNATURE)) return textHeader(bytes);
  return { fault: "no header of the PROXY protocol" };
}

/** Whether `bytes` are the beginning of `signature`, or go on behind it. */
function begins(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function textHeader(bytes: Buffer): ProxyHeader | "incomplete" | { fault: string } {
  const line = bytes.toString("latin1", 0, LONGEST_TEXT);
  const end = line.indexOf("\r\n");
  if (end < 0) {
    const hopeless = line.length === LONGEST_TEXT || /[^ -~\r]|\r./s.test(line);
    return hopeless ? { fault: "the line of the PROXY protocol has no end" } : "incomplete";
  }
  const length = end + 2;
  const [, family, ...rest] = line.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { length, ends: undefined, secure: undefined };
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isIPv6 : () => false;
  const [remoteAddress = "", localAddress = "", ...ports] = rest;
  const [remotePort, localPort] = ports.map(portOf);
  const right = ports.length === 2 && isAddress(remoteAddress) && isAddress(localAddress);
  if (!right || remotePort === undefined || localPort === undefined) {
    return { fault: "the line of the PROXY protocol is malformed" };
  }
  const ends = { remoteAddress, remotePort, localAddress, localPort };
  return { length, ends, secure: undefined };
}

function portOf(text: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function binaryBeginning(bytes: Buffer): "incomplete" | { fault: string } {
  return (bytes.length > 12 && commandFault(bytes[12]!)) || "incomplete";
}

function commandFault(byte: number): { fault: string } | undefined {
  // §2.2: version 2, and the command LOCAL or PROXY.
  if (byte === 0x20 || byte === 0x21) return undefined;
  return { fault: "the PROXY protocol's header has another version or an unknown command" };
}

function binaryHeader(bytes: Buffer): ProxyHeader | "incomplete" | { fault: string } {
  const fault = commandFault(bytes[12]!);
  if (fault !== undefined) return fault;
  const family = bytes[13]!;
  const rest = bytes.readUInt16BE(14);
  const addresses = ADDRESS_LENGTHS[family];
  if (addresses === undefined) return { fault: "the PROXY protocol names no kind of stream" };
  if (rest < addresses || rest > LONGEST_REST) {
    return { fault: "the PROXY protocol's header has an impossible length" };
  }
  const length = BINARY_HEAD + rest;
  if (bytes.length < length) return "incomplete";
  const header = bytes.subarray(0, length);
  const additions = additionsOf(header, BINARY_HEAD + addresses);
  if (additions === undefined) return { fault: "the PROXY protocol's header is malformed" };
  // §2.2: LOCAL is a connection of the proxy's own, such as a check of this server's health.
  const isLocal = bytes[12] === 0x20;
  const ends = isLocal ? undefined : endsOf(header, family);
  return { length, ends, secure: isLocal ? undefined : additions.secure };
}

function endsOf(header: Buffer, family: number): ProxiedEnds | undefined {
  if (family !== IPV4 && family !== IPV6) return undefined;
  const size = family === IPV4 ? 4 : 16;
  const address = (start: number) => {
    const bytes = header.subarray(start, start + size);
    return family === IPV4 ? bytes.join(".") : ipv6(bytes);
  };
  const ports = BINARY_HEAD + 2 * size;
  return {
    remoteAddress: address(BINARY_HEAD),
    remotePort: header.readUInt16BE(ports),
    localAddress: address(BINARY_HEAD + size),
    localPort: header.readUInt16BE(ports + 2),
  };
}

/** In the shortest form (RFC 5952). */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/**
 * §2.2.1: what stands behind the addresses, in pieces of type, length and value. Undefined where the last
 * one is cut off, or the checksum is wrong.
 */
function additionsOf(header: Buffer, start: number): { secure: boolean | undefined } | undefined {
  let secure: boolean | undefined;
  for (let at = start; at < header.length; ) {
    if (header.length - at < 3) return undefined;
    const type = header[at];
    const value = at + 3;
    const end = value + header.readUInt16BE(at + 1);
    if (end > header.length) return undefined;
    // §2.2.6: bit 0 of the first byte says that the client's connection is TLS.
    if (type === TYPE_SSL && end > value) secure = (header[value]! & 1) === 1;
    if (type === TYPE_CRC32C && !isChecksum(header, value, end)) return undefined;
    at = end;
  }
  return { secure };
}

/** §2.2.3: of the whole header, its own four bytes taken for zeros. */
function isChecksum(header: Buffer, start: number, end: number): boolean {
  if (end - start !== 4) return false;
  const zeroed = Buffer.from(header).fill(0, start, end);
  return header.readUInt32BE(start) === crc32c(zeroed);
}
