import type {
  Connection,
  ConnectionHandler,
  RequestHandler,
  ServerOptions,
} from "../../../src/index.ts";
import type { Commands } from "./control.ts";

/** What a server under attack does at `/`. */
export interface Setup {
  readonly handler: RequestHandler | ConnectionHandler;
  readonly options?: ServerOptions;
  readonly commands?: Commands;
}

/** The setups by name. Those of ws have the same names. */
export const setups: Readonly<Record<string, () => Setup>> = {
  /** The fastest echo: a handler object. */
  echo: () => ({ handler: { message: (ws, data) => ws.send(data) } }),
  /** The README's first echo. */
  iterate: () => ({
    handler: async (request) => {
      const ws = request.upgrade();
      for await (const message of ws) await ws.send(message);
    },
  }),
  /** Reads and says nothing. */
  listen: () => ({ handler: { message: () => {} } }),
  unread,
  /** Gives a request no answer. */
  undecided: () => ({ handler: () => new Promise(() => {}) }),
  feed,
  pinged,
  secret,
  keeper,
};

/** A handler function that upgrades and reads nothing, and has not come back. */
function unread(): Setup {
  let closed = 0;
  return {
    handler: (request) => {
      const ws = request.upgrade();
      void ws.closed.then(() => closed++);
      return new Promise(() => {});
    },
    commands: { closed: () => closed },
  };
}

/**
 * Sends to the one who has connected last, whether it reads or not: `feed` so many messages of so many
 * bytes, each in a turn of its own, counted from when the first has to wait.
 */
function feed(): Setup {
  let last: Connection | undefined;
  return {
    handler: {
      open(ws) {
        last = ws;
      },
      message() {},
    },
    options: { heartbeatInterval: Number.POSITIVE_INFINITY },
    commands: {
      feed: ({ count, size }: { count: number; size: number }) => feedOne(last!, count, size),
    },
  };
}

/** @returns what counts as waiting, in bytes */
export async function feedOne(ws: Connection, count: number, size: number): Promise<number> {
  let queued = 0;
  while (queued < count && ws.state === "open") {
    ws.send(Buffer.alloc(size, "a"));
    // Not a tick: what is sent within one leaves together.
    await new Promise((resolve) => setImmediate(resolve));
    if (ws.bufferedAmount > 0) queued++;
  }
  return ws.bufferedAmount;
}

/** Pings the one who has connected last so many times, and waits for no Pong. */
function pinged(): Setup {
  let last: Connection | undefined;
  return {
    handler: {
      open(ws) {
        last = ws;
      },
      message() {},
    },
    commands: {
      ping: (count: number) => {
        for (let i = 0; i < count; i++) {
          // It is refused, or its promise rejects, when too many wait for their Pong already.
          try {
            last!.ping(`ping ${i}`).catch(() => {});
          } catch {
            return;
          }
        }
      },
    },
  };
}

/** Echoes; and fills memory with a secret, and frees it, when asked to. */
function secret(): Setup {
  return {
    handler: { message: (ws, data) => ws.send(data) },
    commands: { litter },
  };
}

/** Leaves a secret in memory of all sizes that is used again. */
export function litter(): void {
  for (let size = 64; size <= 2 ** 21; size *= 2) {
    const count = Math.max(2, Math.min(64, 2 ** 21 / size));
    for (let i = 0; i < count; i++) {
      Buffer.allocUnsafeSlow(size).fill("the-secret-of-somebody-else");
      Buffer.allocUnsafe(size).fill("the-secret-of-somebody-else");
    }
  }
  globalThis.gc?.();
}

/** Keeps every binary message. */
function keeper(): Setup {
  const kept: Buffer[] = [];
  return {
    handler: {
      message(_, data) {
        if (typeof data !== "string") kept.push(data);
      },
    },
    commands: { kept: () => kept.length },
  };
}
