/** A first connection, to see that a server is there and what it calls itself. */
import { WebSocketError } from "../errors.ts";
import { OPEN_WAIT } from "./attempt.ts";
import { openingRequest } from "./opening.ts";
import { open, type Testee } from "./testee.ts";
import { fieldValues, type Head, HeadReader, statusOf } from "./wire/head.ts";

/** No WebSocket server could be reached at the address. Its code is `"UNREACHABLE"`. */
export class Unreachable extends WebSocketError {
  override readonly name = "Unreachable";

  constructor(message: string, options?: { cause?: unknown }) {
    super("UNREACHABLE", message, options);
  }
}

/**
 * Opens one connection and closes it. Throws {@link Unreachable} when TCP or TLS fails, or when
 * an HTTP error comes back. A server that answers nonsense, or nothing, is there all the same:
 * the cases will say so.
 */
export async function knock(testee: Testee): Promise<{ readonly agent: string }> {
  let head: Head | undefined;
  try {
    head = await answerOf(testee);
  } catch (error) {
    const reason = (error as Error).message || (error as NodeJS.ErrnoException).code;
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
