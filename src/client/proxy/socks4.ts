/** The client's side of SOCKS 4A: version 4, of which there is no RFC, with names for the proxy to resolve. */

import type { Duplex } from "node:stream";
import type { Credentials } from "../target.ts";
import { SocksDialog } from "./socks-dialog.ts";
import { socks4Request } from "./socks-requests.ts";

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
