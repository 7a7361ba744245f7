/** The client's side of SOCKS version 5 (RFC 1928), with user name and password (RFC 1929). */

import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { ArgumentError } from "../../errors.ts";
import { type Credentials, hostAndPort } from "../target.ts";
import { SocksDialog } from "./socks-dialog.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;
const COMMAND_CONNECT = 1;
const ADDRESS_IPV4 = 1;
const ADDRESS_NAME = 3;
const ADDRESS_IPV6 = 4;

// RFC 1928 §6: the values of REP.
const REPLIES = [
  "succeeded",
  "general failure of the proxy",
  "the proxy's rules do not allow the connection",
  "network unreachable",
  "host unreachable",
  "connection refused by the target",
  "TTL expired",
  "the proxy does not know the CONNECT command",
  "the proxy does not know this kind of address",
];

/**
 * Has the SOCKS5 proxy at the other end of `stream` connect to `host` and `port`. Names are sent
 * as they are, for the proxy to resolve. When it resolves, the stream leads to the target and
 * holds whatever came from there already.
 *
 * @throws HandshakeError `PROXY_REFUSED` when the proxy says no, `PROXY_FAILED` when it breaks
 * the protocol or hangs up; ArgumentError when a name or the credentials do not fit.
 */
export async function connectThroughSocks5(
  stream: Duplex,
  host: string,
  port: number,
  credentials: Credentials | undefined,
): Promise<void> {
  const request = socks5Request(host, port);
  const login = credentials && encodeLogin(credentials);
  const dialog = new SocksDialog(stream, "SOCKS5");
  // RFC 1928 §3: version, number of methods, methods.
  const methods = login ? [NO_AUTHENTICATION, USERNAME_PASSWORD] : [NO_AUTHENTICATION];
  stream.write(Buffer.from([VERSION, methods.length, ...methods]));
  const method = await readMethod(dialog);
  if (method === USERNAME_PASSWORD && login) {
    stream.write(login);
    await readLoginStatus(dialog);
  } else if (method !== NO_AUTHENTICATION) {
    throw dialog.refused(noMethod(method, login !== undefined));
  }
  stream.write(request);
  await readReply(dialog, hostAndPort(host, port));
}

function noMethod(method: number, offered: boolean): string {
  if (method !== 0xff) return `it chose authentication method ${method}, which was not offered`;
  return offered
    ? "it takes neither a user name with password nor none"
    : "it wants credentials; put them into the proxy's URL: socks5://user:password@host:port";
}

async function readMethod(dialog: SocksDialog): Promise<number> {
  const [version, method] = await dialog.read(2, "its choice of authentication");
  dialog.checkVersion(version, VERSION);
  return method ?? 0xff;
}

/** RFC 1929 §2: version 1, then a status in which only 0 is success. */
async function readLoginStatus(dialog: SocksDialog): Promise<void> {
  const [version, status] = await dialog.read(2, "its answer to the user name and password");
  dialog.checkVersion(version, 1);
  if (status !== 0) throw dialog.refused("it does not accept the user name and password");
}

/** RFC 1928 §6: version, reply, a reserved byte, then an address, which is of no use here. */
async function readReply(dialog: SocksDialog, target: string): Promise<void> {
  const [version, reply = 0, , type] = await dialog.read(4, "its reply");
  dialog.checkVersion(version, VERSION);
  if (reply !== 0) {
    throw dialog.refused(`${REPLIES[reply] ?? "unassigned"} (reply ${reply}, for ${target})`);
  }
  if (type === ADDRESS_IPV4) await dialog.read(4 + 2, "its reply");
  else if (type === ADDRESS_IPV6) await dialog.read(16 + 2, "its reply");
  else if (type === ADDRESS_NAME) {
    const [length = 0] = await dialog.read(1, "its reply");
    await dialog.read(length + 2, "its reply");
  } else throw dialog.failed(`its reply has an address of type ${type}; expected 1, 3 or 4`);
}

/**
 * RFC 1928 §4: version, command, a reserved byte, kind of address, address, port.
 *
 * @throws ArgumentError for a name of more than 255 bytes
 */
export function socks5Request(host: string, port: number): Buffer {
  const [type, address] = encodeAddress(host);
  const head = [VERSION, COMMAND_CONNECT, 0, type];
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
