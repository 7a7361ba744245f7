/** A client of this library under attack: it connects to servers of the attack when it is told to. */
import {
  type Connection,
  type ConnectOptions,
  connect,
  HandshakeError,
} from "../../../src/index.ts";
import { feedOne } from "./barewire-setups.ts";
import { block, given, ready } from "./control.ts";

/** What an attempt to connect has come to. */
export interface Attempted {
  /** Empty if it was opened, or the code of the error. */
  readonly error: string;
  readonly ms: number;
}

let last: Connection | undefined;
let messages = 0;

async function attempt(port: number, path = "/"): Promise<Attempted> {
  const begun = performance.now();
  let error = "";
  try {
    last = await connect(`ws://127.0.0.1:${port}${path}`, given.options as ConnectOptions);
    void take(last);
  } catch (reason) {
    error = reason instanceof HandshakeError ? reason.code : String(reason);
  }
  return { error, ms: performance.now() - begun };
}

/** Reads as the README has it. */
async function take(ws: Connection): Promise<void> {
  try {
    for await (const message of ws) if (message !== undefined) messages++;
  } catch {
    // `ended` tells of it.
  }
}

ready(
  { port: 0, tlsPort: 0 },
  {
    connect: (port: number) => attempt(port),
    /** Connects, and stands still from a moment on in which the answer is on its way. */
    connectAndBlock: async (port: number) => {
      const attempted = attempt(port);
      await new Promise((resolve) => setTimeout(resolve, 20));
      block(700);
      return await attempted;
    },
    connects: ({ port, count }: { port: number; count: number }) =>
      Promise.all(Array.from({ length: count }, () => attempt(port))),
    feed: ({ count, size }: { count: number; size: number }) => feedOne(last!, count, size),
    send: ({ count, size }: { count: number; size: number }) => {
      const message = Buffer.alloc(size);
      for (let i = 0; i < count; i++) last!.send(message);
    },
    messages: () => messages,
    ended: async () => {
      const { code, error } = await last!.closed;
      return { code, error: error?.message ?? "" };
    },
  },
);
