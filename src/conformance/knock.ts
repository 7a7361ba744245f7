/** A first connection, to see that a server is there and what it calls itself. */
import { WebSocketError } from "../errors.ts";
import { OPEN_WAIT } from "./dialog-run.ts";
import { errorName, SETTING } from "./http2/frame.ts";
import { connectRequest, statusOf as http2StatusOf, openSession } from "./http2/opening.ts";
import { openingRequest } from "./opening.ts";
import { open, type Testee } from "./testee.ts";
import { fieldValues, type Head, HeadReader, statusOf } from "./wire/head.ts";
import { Recorder } from "./wire/recorder.ts";

/** No WebSocket server could be reached at the address. Its code is `"UNREACHABLE"`. */
export class Unreachable extends WebSocketError {
  override readonly name = "Unreachable";

  constructor(message: string, options?: { cause?: unknown }) {
    super("UNREACHABLE", message, options);
  }
}

/**
 * Opens one connection and closes it. Throws {@link Unreachable} when TCP or TLS fails, or when
 * an HTTP error comes back, or HTTP/2 is asked for and not spoken. A server that answers nonsense,
 * or nothing, is there all the same: the cases will say so.
 */
export async function knock(testee: Testee): Promise<{ readonly agent: string }> {
  if (testee.http2) return knockOverHttp2(testee);
  let head: Head | undefined;
  try {
    head = await answerOf(testee);
  } catch (error) {
    const reason = (error as Error).message.trim() || (error as NodeJS.ErrnoException).code;
    const tried = `${testee.secure ? "TLS" : "TCP"} to ${testee.hostname} port ${testee.port}`;
    throw new Unreachable(`cannot reach ${testee.url}: tried ${tried}: ${reason}`, {
      cause: error,
    });
  }
  const status = head === undefined ? 101 : statusOf(head);
  if (status >= 300) {
    const asked = `asked for ${testee.path} with Host: ${testee.host}`;
    throw new Unreachable(`no WebSocket at ${testee.url}: ${asked}, got "${head!.start}"`);
  }
  const named = head === undefined ? undefined : fieldValues(head, "Server")[0];
  return { agent: named || "UnknownServer" };
}

async function answerOf(testee: Testee): Promise<Head | undefined> {
  const socket = await open(testee, OPEN_WAIT);
  const reader = new HeadReader();
  return new Promise((resolve) => {
    let head: Head | undefined;
    const timer = setTimeout(() => socket.destroy(), OPEN_WAIT);
    socket.on("data", (chunk) => {
      head ??= reader.feed(chunk);
      if (head !== undefined || reader.overflow) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(head);
    });
    socket.write(openingRequest({ ...testee, deflate: undefined }).head);
  });
}

async function knockOverHttp2(testee: Testee): Promise<{ readonly agent: string }> {
  const how = testee.secure ? "HTTP/2 by ALPN over TLS" : "HTTP/2 with prior knowledge over TCP";
  const tried = `tried ${how} to ${testee.hostname} port ${testee.port}`;
  const recorder = new Recorder();
  const unreachable = (why: string, cause?: unknown) =>
    new Unreachable(`no WebSocket over HTTP/2 at ${testee.url}: ${tried}: ${why}`, { cause });
  const session = await openSession(testee, recorder, OPEN_WAIT).catch((error: Error) => {
    throw unreachable(error.message.trim() || String((error as NodeJS.ErrnoException).code), error);
  });
  const stream = session.request(connectRequest(testee));
  await session.until(() => stream.head !== undefined || stream.over, OPEN_WAIT);
  const announced = session.settings?.get(SETTING.enableConnect) === 1;
  session.abort();
  const { head, resetCode } = stream;
  const refused =
    head !== undefined && http2StatusOf(head) >= 300
      ? `got "${head.start}"`
      : resetCode !== undefined
        ? `the stream was reset with ${errorName(resetCode)}`
        : undefined;
  if (refused !== undefined) {
    const settings = announced ? "" : "; its SETTINGS do not announce ENABLE_CONNECT_PROTOCOL";
    throw unreachable(`asked for ${testee.path} with an extended CONNECT, ${refused}${settings}`);
  }
  const named = head === undefined ? undefined : fieldValues(head, "Server")[0];
  return { agent: named || "UnknownServer" };
}
