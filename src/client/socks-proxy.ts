/** The client's side of SOCKS version 5 (RFC 1928), with user name and password (RFC 1929). */

import { isIP, type Socket } from "node:net";
import { ArgumentError, HandshakeError } from "../errors.ts";
import { readExactly } from "../socket/reading.ts";
import { type Credentials, hostAndPort } from "./target.ts";

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
 * Has the SOCKS5 proxy at the other end of `socket` connect to `host` and `port`. Names are sent
 * as they are, for the proxy to resolve. When it resolves, the socket leads to the target and
 * holds whatever came from there already.
 *
 * @throws HandshakeError `PROXY_REFUSED` when the proxy says no, `PROXY_FAILED` when it breaks
 * the protocol or hangs up; ArgumentError when a name or the credentials do not fit.
 */
export async function connectThroughSocks(
  socket: Socket,
  host: string,
  port: number,
  credentials: Credentials | undefined,
): Promise<void> {
  const request = encodeRequest(host, port);
  const login = credentials && encodeLogin(credentials);
  // RFC 1928 §3: version, number of methods, methods.
  const methods = login ? [NO_AUTHENTICATION, USERNAME_PASSWORD] : [NO_AUTHENTICATION];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const method = await readMethod(socket);
  if (method === USERNAME_PASSWORD && login) {
    socket.write(login);
    await readLoginStatus(socket);
  } else if (method !== NO_AUTHENTICATION) {
    throw refused(noMethod(method, login !== undefined));
  }
  socket.write(request);
  await readReply(socket, hostAndPort(host, port));
}

function noMethod(method: number, offered: boolean): string {
  if (method !== 0xff) return `it chose authentication method ${method}, which was not offered`;
  return offered
    ? "it takes neither a user name with password nor none"
    : "it wants credentials; put them into the proxy's URL: socks5://user:password@host:port";
}

async function readMethod(socket: Socket): Promise<number> {
  const [version, method] = await read(socket, 2, "its choice of authentication");
  checkVersion(version, VERSION);
  return method ?? 0xff;
}

/** RFC 1929 §2: version 1, then a status in which only 0 is success. */
async function readLoginStatus(socket: Socket): Promise<void> {
  const [version, status] = await read(socket, 2, "its answer to the user name and password");
  checkVersion(version, 1);
  if (status !== 0) throw refused("it does not accept the user name and password");
}

/** RFC 1928 §6: version, reply, a reserved byte, then an address, which is of no use here. */
async function readReply(socket: Socket, target: string): Promise<void> {
  const [version, reply = 0, , type] = await read(socket, 4, "its reply");
  checkVersion(version, VERSION);
  if (reply !== 0) {
    throw refused(`${REPLIES[reply] ?? "unassigned"} (reply ${reply}, for ${target})`);
  }
  if (type === ADDRESS_IPV4) await read(socket, 4 + 2, "its reply");
  else if (type === ADDRESS_IPV6) await read(socket, 16 + 2, "its reply");
  else if (type === ADDRESS_NAME) {
    const [length = 0] = await read(socket, 1, "its reply");
    await read(socket, length + 2, "its reply");
  } else throw failed(`its reply has an address of type ${type}; expected 1, 3 or 4`);
}

function checkVersion(version: number | undefined, expected: number): void {
  if (version !== expected) {
    throw failed(`its answer begins with version ${version}; expected ${expected}: is it SOCKS5?`);
  }
}

async function read(socket: Socket, length: number, what: string): Promise<Buffer> {
  let bytes: Buffer | undefined;
  try {
    bytes = await readExactly(socket, length);
  } catch (cause) {
    throw failed(`the connection broke before ${what} was complete`, { cause });
  }
  if (bytes === undefined) throw failed(`it hung up before ${what} was complete`);
  return bytes;
}

/** RFC 1928 §4: version, command, a reserved byte, kind of address, address, port. */
function encodeRequest(host: string, port: number): Buffer {
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

function refused(reason: string): HandshakeError {
  return new HandshakeError("PROXY_REFUSED", `the SOCKS5 proxy refused: ${reason}`, { status: 0 });
}

function failed(reason: string, options?: { cause: unknown }): HandshakeError {
  const message = `the SOCKS5 proxy failed: ${reason}`;
  return new HandshakeError("PROXY_FAILED", message, { status: 0 }, options);
}
