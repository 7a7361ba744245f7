/** The client's side of SOCKS 4A: version 4, of which there is no RFC, with names for the proxy to resolve. */

import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { ArgumentError } from "../../errors.ts";
import type { Credentials } from "../target.ts";
import { SocksDialog } from "./socks-dialog.ts";

const VERSION = 4;
const COMMAND_CONNECT = 1;

// The reply has version 0.
const REPLY_VERSION = 0;
const GRANTED = 90;
const REPLIES = new Map([
  [91, "rejected or failed"],
  [92, "it cannot reach identd on this machine"],
  [93, "identd on this machine names another user"],
]);

/**
 * Has the SOCKS4A proxy at the other end of `stream` connect to `host` and `port`. Names are sent as they
 * are, for the proxy to resolve. When it resolves, the stream leads to the target and holds whatever came
 * from there already.
 *
 * @throws HandshakeError `PROXY_REFUSED` when the proxy says no, `PROXY_FAILED` when it breaks
 * the protocol or hangs up; ArgumentError as {@link socks4Request} does.
 */
export async function connectThroughSocks4(
  stream: Duplex,
  host: string,
  port: number,
  credentials: Credentials | undefined,
): Promise<void> {
  stream.write(socks4Request(host, port, credentials));
  const dialog = new SocksDialog(stream, "SOCKS4A");
  // Version, reply, and six bytes of an address that mean nothing here.
  const [version, reply = 0] = await dialog.read(8, "its reply");
  dialog.checkVersion(version, REPLY_VERSION);
  if (reply === GRANTED) return;
  throw dialog.refused(`${REPLIES.get(reply) ?? "unassigned"} (reply ${reply})`);
}

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
    Buffer.from([VERSION, COMMAND_CONNECT, port >>> 8, port & 0xff, ...address]),
    Buffer.from(`${username}\0`),
    Buffer.from(kind === 4 ? "" : `${host}\0`),
  ]);
}
