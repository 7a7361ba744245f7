/** A first connection, to see that a server is there and what it calls itself. */
import { WebSocketError } from "../../errors.ts";
import { Line } from "../carrier/line.ts";
import { RawConnection } from "../drive/raw-connection.ts";
import { errorName, SETTING } from "../http2/frame.ts";
import { connectRequest, statusOf as http2StatusOf, openSession } from "../http2/opening.ts";
import { openingRequest } from "../opening/handshake.ts";
import { open, type Testee } from "../testee.ts";
import { fieldValues, type Head, statusOf } from "../wire/head.ts";
import { Recorder } from "../wire/recorder.ts";

/** No WebSocket server could be reached at the address. Its code is `"UNREACHABLE"`. */
export class Unreachable extends WebSocketError {
  override readonly name = "Unreachable";

  constructor(message: string, options?: { cause?: unknown }) {
    super("UNREACHABLE", message, options);
  }
}

/** Longest wait for an answer, in milliseconds: a server may be slow when it has just been started. */
const ANSWER_WAIT = 12_000;

/**
 * Opens one connection and drops it. Throws {@link Unreachable} when TCP or TLS fails, when nothing
 * comes back, or an HTTP error, or no HTTP at all, or HTTP/2 is asked for and not spoken. A server
 * whose 101 is not right is there all the same: the cases will say so.
 */
export async function knock(testee: Testee): Promise<{ readonly agent: string }> {
  if (testee.http2) return knockOverHttp2(testee);
  const { ended, head, partial, tooLong } = await answerOf(testee);
  const asked = `asked for ${testee.path} with Host: ${testee.host}`;
  const nothingThere = (got: string) =>
    new Unreachable(`no WebSocket at ${testee.url}: ${asked}, ${got}`);
  if (head === undefined) {
    const shown = JSON.stringify(partial.slice(0, 40));
    if (partial !== "" && !partial.startsWith("HTTP/")) throw nothingThere(`got ${shown}`);
    if (tooLong) throw nothingThere(`got a head without end, which begins ${shown}`);
    if (ended) throw nothingThere("the connection was accepted and closed without an answer");
    throw nothingThere(
      `the connection was accepted and no answer came for ${ANSWER_WAIT / 1000} s`,
    );
  }
  if (!head.start.startsWith("HTTP/")) throw nothingThere(`got ${JSON.stringify(head.start)}`);
  if (statusOf(head) >= 300) throw nothingThere(`got "${head.start}"`);
  return { agent: fieldValues(head, "Server")[0] || "UnknownServer" };
}

/** A server may listen before it serves: how long it may refuse, and when it is asked again, in milliseconds. */
const READY_WAIT = 5000;
const ASK_AGAIN = 200;

/** Knocks at a server that has just been started: where it refuses it is asked again, for a while. */
export async function knockAtStart(testee: Testee): ReturnType<typeof knock> {
  const deadline = performance.now() + READY_WAIT;
  for (;;) {
    try {
      return await knock(testee);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
    }
  }
}

async function answerOf(testee: Testee) {
  const recorder = new Recorder();
  const socket = await open(testee, ANSWER_WAIT).catch((error: Error) => {
    const tried = `${testee.secure ? "TLS" : "TCP"} to ${testee.hostname} port ${testee.port}`;
    const reason = `cannot reach ${testee.url}: tried ${tried}: ${error.message}`;
    throw new Unreachable(reason, { cause: error.cause });
  });
  const connection = new RawConnection(Line.over(socket, recorder));
  connection.send(Buffer.from(openingRequest({ ...testee, deflate: undefined }).head, "latin1"));
  const head = await connection.head(ANSWER_WAIT);
  const { ended, headTooLong: tooLong, partialHead: partial } = connection;
  connection.abort();
  return { ended, head, partial, tooLong };
}

async function knockOverHttp2(testee: Testee): Promise<{ readonly agent: string }> {
  const how = testee.secure ? "HTTP/2 by ALPN over TLS" : "HTTP/2 with prior knowledge over TCP";
  const tried = `tried ${how} to ${testee.hostname} port ${testee.port}`;
  const unreachable = (why: string, cause?: unknown) =>
    new Unreachable(`no WebSocket over HTTP/2 at ${testee.url}: ${tried}: ${why}`, { cause });
  const session = await openSession(testee, new Recorder(), ANSWER_WAIT).catch((error: Error) => {
    throw unreachable(error.message, error.cause ?? error);
  });
  const stream = session.request(connectRequest(testee));
  await session.until(() => stream.head !== undefined || stream.over, ANSWER_WAIT);
  const announced = session.settings?.get(SETTING.enableConnect) === 1;
  session.abort();
  const { head } = stream;
  const refused = refusal(head, stream.resetCode, session.ended);
  if (refused !== undefined) {
    const settings = announced ? "" : "; its SETTINGS do not announce ENABLE_CONNECT_PROTOCOL";
    throw unreachable(`asked for ${testee.path} with an extended CONNECT, ${refused}${settings}`);
  }
  return { agent: (head && fieldValues(head, "Server")[0]) || "UnknownServer" };
}

/** Why there is no answer that opens, `undefined` if there is one. */
function refusal(
  head: Head | undefined,
  resetCode: number | undefined,
  ended: boolean,
): string | undefined {
  if (head !== undefined) return http2StatusOf(head) >= 300 ? `got "${head.start}"` : undefined;
  if (resetCode !== undefined) return `the stream was reset with ${errorName(resetCode)}`;
  if (ended) return "the connection was ended without an answer";
  return `no answer came for ${ANSWER_WAIT / 1000} s`;
}
