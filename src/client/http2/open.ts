/** Asks for a WebSocket over HTTP/2, where that can be had. */
import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { HandshakeError } from "../../errors.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import { dial } from "../dialling/dial.ts";
import type { ClientPlan, Hop } from "../plan.ts";
import { placeOf } from "../target.ts";
import { hasEnded, leaseSession } from "./pool.ts";
import { type Answered, askOverHttp2 } from "./request.ts";
import { beginSession, opensWebSockets } from "./session.ts";

/** What came of it: an answer, or a stream on which HTTP/1.1 is to be spoken, or neither. */
export type Http2Outcome = Answered | { readonly stream: Duplex; readonly response: undefined };

/**
 * Asks over a session of HTTP/2: the caller's own, one of the pool, or a new one.
 *
 * @returns undefined where HTTP/1.1 is to be tried on a connection of its own
 * @throws HandshakeError also where there is no HTTP/2 and nothing else will do
 */
export async function openOverHttp2(
  hop: Hop,
  plan: ClientPlan,
  attempt: HandshakeAttempt,
): Promise<Http2Outcome | undefined> {
  const { target, dial: settings } = hop;
  if (plan.session !== undefined) {
    if (!opensWebSockets(plan.session)) throw withoutHttp2(hop);
    return askOverHttp2(plan.session, hop, plan, attempt);
  }
  // Without TLS nothing says whether the server speaks it.
  if (plan.http === "auto" && !target.secure) return undefined;
  let old: Duplex | undefined;
  const lease = leaseSession({ target, dial: settings }, async () => {
    const stream = await dial(target, settings, attempt);
    if (stream instanceof TLSSocket && target.secure && stream.alpnProtocol !== "h2") {
      old = stream;
      return undefined;
    }
    const session = await beginSession(stream, target, attempt);
    // From now on it is not this attempt's alone.
    attempt.release(stream);
    if (opensWebSockets(session)) return session;
    session.close();
    return undefined;
  });
  let session: ClientHttp2Session | undefined;
  try {
    session = lease.isNew ? await lease.session : await attempt.wait(lease.session, () => {});
    if (session === undefined) {
      if (plan.http === 2) throw withoutHttp2(hop);
      return old === undefined ? undefined : { stream: old, response: undefined };
    }
    const answered = await askOverHttp2(session, hop, plan, attempt);
    answered.stream.once("close", () => lease.release());
    return answered;
  } catch (error) {
    lease.release();
    // That a session of others fails, or ends before the answer, says nothing of this attempt: a session that
    // nobody has used for a while may have been given up by its server.
    const isOver = session === undefined || (hasEnded(session) && isLost(error));
    if (lease.isNew || !isOver || attempt.failing.aborted) throw error;
    return openOverHttp2(hop, plan, attempt);
  }
}

function isLost(error: unknown): boolean {
  return error instanceof HandshakeError && error.code === "CONNECTION_LOST";
}

function withoutHttp2({ target }: Hop): HandshakeError {
  const message = `${placeOf(target)} has no WebSockets over HTTP/2 (RFC 8441 §3); http: "auto" falls back to HTTP/1.1`;
  return new HandshakeError("CONNECT_FAILED", message, { status: 0 });
}
