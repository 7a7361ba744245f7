/** Makes a session of HTTP/2 of a stream that is connected. */
import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { SESSION_WINDOW, sessionOptions } from "../../http2/session-options.ts";
import { holdByStreams } from "../../socket/http2/holding.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import { lost } from "../dialling/settled.ts";
import { placeOf, type Target } from "../target.ts";

/** Streams that a session is made for: how much memory Node may take for it goes by that. */
const STREAMS = 256;

/**
 * Begins HTTP/2 on a stream and waits for the settings of the server (RFC 9113 §3.4). The session holds the process
 * only while one of its streams does.
 *
 * @throws HandshakeError `CONNECTION_LOST`
 */
export async function beginSession(
  stream: Duplex,
  target: Target,
  attempt: HandshakeAttempt,
): Promise<ClientHttp2Session> {
  const { connect } = await import("node:http2");
  const place = placeOf(target);
  attempt.enter(`the beginning of HTTP/2 with ${place}`);
  // A socket that was paused before it had read anything does not read: node:http2 only listens to it.
  stream.read(0);
  const { settings, ...options } = sessionOptions(STREAMS);
  const { enableConnectProtocol: _, ...own } = settings ?? {};
  const session = connect(`${target.secure ? "https" : "http"}://${target.authority}`, {
    ...options,
    // RFC 9113 §8.4: nothing is to be pushed.
    settings: { ...own, enablePush: false },
    createConnection: () => stream,
  });
  // Its streams are told, too.
  session.on("error", () => {});
  session.setLocalWindowSize(SESSION_WINDOW);
  await new Promise<void>((resolve, reject) => {
    const onClose = (): void =>
      reject(lost(`${place} ended the connection instead of speaking HTTP/2`));
    session.once("close", onClose);
    session.once("remoteSettings", () => {
      session.off("close", onClose);
      resolve();
    });
  });
  holdByStreams(session);
  return session;
}

/** Whether the server has announced that WebSockets can be opened (RFC 8441 §3). */
export function opensWebSockets({ remoteSettings }: ClientHttp2Session): boolean {
  return remoteSettings?.enableConnectProtocol === true;
}
