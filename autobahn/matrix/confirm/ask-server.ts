/** Asks a server as a probe says, by a socket and nothing else. */
import { connect, type Socket } from "node:net";
import { type Came, framesOf, type Probe } from "./probe.ts";

/** Longest wait for an answer, and how long nothing may come before it is over, in milliseconds. */
const WAIT = 3000;
const QUIET = 500;

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const END = "\r\n\r\n";

/** What has come on a socket so far. */
interface Conversation {
  readonly socket: Socket;
  bytes: Buffer;
  ended: boolean;
  changed: () => void;
}

async function begin(port: number): Promise<Conversation> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const conversation = { socket, bytes: Buffer.alloc(0), ended: false, changed: () => {} };
  socket.on("data", (chunk) => {
    conversation.bytes = Buffer.concat([conversation.bytes, chunk]);
    conversation.changed();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  for (const end of ["end", "close"]) {
    socket.once(end, () => {
      conversation.ended = true;
      conversation.changed();
    });
  }
  return conversation;
}

/** Waits until `done`, or until nothing has come for so long. */
async function until(one: Conversation, done: () => boolean, quiet: number): Promise<void> {
  while (!done() && !one.ended) {
    const hasCome = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), quiet);
      one.changed = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    if (!hasCome) return;
  }
}

/**
 * Sends a probe to a server, and says what came; the answer may take `wait` milliseconds. Rejects when the server
 * cannot be reached.
 */
export async function askServer(
  port: number,
  probe: Pick<Probe, "head" | "frames">,
  wait = WAIT,
): Promise<Came> {
  const one = await begin(port);
  one.socket.write(Buffer.from(probe.head(KEY), "latin1"));
  await until(one, () => one.bytes.includes(END), wait);
  const end = one.bytes.indexOf(END);
  const head = end < 0 ? "" : one.bytes.toString("latin1", 0, end);
  if (/^HTTP\/1\.\d 101/.test(head)) {
    one.socket.write(probe.frames);
    await until(one, () => false, QUIET);
  }
  const { ended } = one;
  one.socket.destroy();
  const frames = end < 0 ? [] : framesOf(one.bytes.subarray(end + END.length));
  return { head, frames, ended, gone: !(await answers(port)) };
}

/** Whether the server takes a fresh connection. */
async function answers(port: number): Promise<boolean> {
  try {
    (await begin(port)).socket.destroy();
    return true;
  } catch {
    return false;
  }
}
