/** The opening handshake over a session of HTTP/2 (RFC 8441 §4, §5). */
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";
import { offerDeflate } from "../../extensions/permessage-deflate.ts";
import { WEBSOCKET_VERSION } from "../../handshake/accept-key.ts";
import type { ResponseHead } from "../../handshake/client.ts";
import { NO_FAULTS } from "../../handshake/fault.ts";
import { Fields } from "../../handshake/fields.ts";
import { givenFields } from "../../http2/answer.ts";
import { noteSocketBelow } from "../../socket/http2/stream.ts";
import { http2Transport } from "../../socket/http2/transport.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import { lost } from "../dialling/settled.ts";
import type { ClientPlan, Hop } from "../plan.ts";
import { placeOf } from "../target.ts";

/** A stream, and what it was answered with. */
export interface Answered {
  /** Paused. */
  readonly stream: Duplex;
  readonly response: ResponseHead;
}

/**
 * Asks for a WebSocket. The stream belongs to `attempt`.
 *
 * @throws HandshakeError `CONNECTION_LOST` where it ends without an answer
 */
export function askOverHttp2(
  session: ClientHttp2Session,
  hop: Hop,
  plan: ClientPlan,
  attempt: HandshakeAttempt,
): Promise<Answered> {
  const place = placeOf(hop.target);
  attempt.enter(`the opening handshake (HTTP/2) with ${place}`);
  const stream = attempt.own(beginStream(session, hop, plan));
  // What comes behind the answer belongs to the connection that may open.
  stream.pause();
  noteSocketBelow(stream);
  http2Transport().ref(stream);
  return new Promise((resolve, reject) => {
    const onClose = (): void => {
      const why = `${place} ended the stream instead of answering the opening handshake`;
      reject(lost(`${why} (code ${stream.rstCode}, RFC 9113 §7)`));
    };
    stream.once("close", onClose);
    stream.once("response", (headers, _, rawHeaders?: string[]) => {
      stream.off("close", onClose);
      resolve({ stream, response: responseHead(headers, rawHeaders) });
    });
  });
}

/** @throws HandshakeError `CONNECTION_LOST` where the session takes no more streams */
function beginStream(session: ClientHttp2Session, hop: Hop, plan: ClientPlan): ClientHttp2Stream {
  const fields = requestFields(hop, plan);
  try {
    return session.request(fields, { endStream: false });
  } catch (cause) {
    throw lost(`the session of HTTP/2 with ${placeOf(hop.target)} has ended`, cause);
  }
}

function requestFields({ target, host, fields }: Hop, plan: ClientPlan): OutgoingHttpHeaders {
  const { origin, protocols, settings } = plan;
  const wishes = settings.compression;
  return {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": target.secure ? "https" : "http",
    ":path": target.resource,
    ":authority": host,
    "sec-websocket-version": WEBSOCKET_VERSION,
    ...(origin === undefined ? {} : { origin }),
    ...(protocols.length === 0 ? {} : { "sec-websocket-protocol": protocols.join(", ") }),
    ...(wishes === undefined ? {} : { "sec-websocket-extensions": offerDeflate(wishes) }),
    ...givenFields(fields),
  };
}

/** The answer as a head of HTTP/1.1 has it, with version "2.0". */
function responseHead(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[] = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [name, `${each}`]),
  ),
): ResponseHead {
  const names: string[] = [];
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    if (name.startsWith(":")) continue;
    names.push(name);
    values.push(value);
  }
  const status = Number(headers[":status"]);
  const fields = Fields.fromLists(names, values);
  return { version: "2.0", status, statusText: "", fields, faults: NO_FAULTS };
}
