/** What a client of SOCKS asks a proxy for. It is encoded, and so checked, before anything is opened. */

import { isIP } from "node:net";
import { ArgumentError } from "../../errors.ts";
import type { Credentials } from "../target.ts";

export const SOCKS4 = 4;
export const SOCKS5 = 5;
const COMMAND_CONNECT = 1;

// RFC 1928 §5: the kinds of address.
export const ADDRESS_IPV4 = 1;
export const ADDRESS_NAME = 3;
export const ADDRESS_IPV6 = 4;

/**
 * Version, command, port, address and user. A name stands behind all of it, and the address is one of
 * 0.0.0.1 to 0.0.0.255 then.
 *
 * @throws ArgumentError for what SOCKS4A cannot carry: an IPv6 address, a password
 */
export function socks4Request(
  host: string,
  port: number,
  credentials: Credentials | undefined,
): Buffer {
  const kind = isIP(host);
  if (kind === 6) {
    throw new ArgumentError("SOCKS4A carries names and IPv4 addresses, no IPv6 address");
  }
  const { username, password } = credentials ?? { username: "", password: "" };
  if (password !== "") {
    throw new ArgumentError("SOCKS4A has a user name and no password; socks5: has both");
  }
  if (username.includes("\0")) {
    throw new ArgumentError("the user name of a SOCKS4A proxy has a NUL in it");
  }
  const address = kind === 4 ? host.split(".").map(Number) : [0, 0, 0, 1];
  return Buffer.concat([
    Buffer.from([SOCKS4, COMMAND_CONNECT, port >>> 8, port & 0xff, ...address]),
    Buffer.from(`${username}\0`),
    Buffer.from(kind === 4 ? "" : `${host}\0`),
  ]);
}

/**
 * RFC 1928 §4: version, command, a reserved byte, kind of address, address, port.
 *
 * @throws ArgumentError for a name of more than 255 bytes
 */
export function socks5Request(host: string, port: number): Buffer {
  const [type, address] = encodeAddress(host);
  const head = [SOCKS5, COMMAND_CONNECT, 0, type];
  return Buffer.from([...head, ...address, port >>> 8, port & 0xff]);
}

function encodeAddress(host: string): [type: number, bytes: readonly number[]] {
  const version = isIP(host);
  if (version === 4) return [ADDRESS_IPV4, host.split(".").map(Number)];
  if (version === 6) return [ADDRESS_IPV6, encodeIPv6(host)];
  const name = Buffer.from(host);
  // RFC 1928 §5: one byte holds the length of the name.
  if (name.length > 255) {
    throw new ArgumentError(`a host name of ${name.length} bytes; SOCKS5 carries at most 255`);
  }
  return [ADDRESS_NAME, [name.length, ...name]];
}

/** The 16 bytes of an IPv6 address in the form that `URL` writes: no dotted quad, no zone. */
function encodeIPv6(address: string): number[] {
  const [left = "", right] = address.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const zeros = new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

/**
 * RFC 1929 §2: version 1, then both texts with a byte of length before each.
 *
 * @throws ArgumentError when one of them is empty or has over 255 bytes.
 */
export function encodeLogin({ username, password }: Credentials): Buffer {
  const name = Buffer.from(username);
  const secret = Buffer.from(password);
  for (const text of [name, secret]) {
    if (text.length < 1 || text.length > 255) {
      throw new ArgumentError(
        "the user name and the password of a SOCKS5 proxy have 1 to 255 bytes each",
      );
    }
  }
  return Buffer.concat([Buffer.from([1, name.length]), name, Buffer.from([secret.length]), secret]);
}
