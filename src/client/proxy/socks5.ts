/** The client's side of SOCKS version 5 (RFC 1928), with user name and password (RFC 1929). */

import type { Duplex } from "node:stream";
import { type Credentials, hostAndPort } from "../target.ts";
import { SocksDialog } from "./socks-dialog.ts";
import {
  ADDRESS_IPV4,
  ADDRESS_IPV6,
  ADDRESS_NAME,
  encodeLogin,
  SOCKS5,
  socks5Request,
} from "./socks-requests.ts";

const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;

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
  stream.write(Buffer.from([SOCKS5, methods.length, ...methods]));
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
  dialog.checkVersion(version, SOCKS5);
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
  dialog.checkVersion(version, SOCKS5);
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
