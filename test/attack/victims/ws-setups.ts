import { createWebSocketStream, type WebSocket } from "ws";
import { litter } from "./barewire-setups.ts";
import type { Commands } from "./control.ts";

/** What a server of ws does with its connections. */
export interface WsSetup {
  readonly onConnection: (ws: WebSocket) => void;
  readonly commands?: Commands;
}

/** The setups by name: what comes nearest in ws to those of barewire. */
export const setups: Readonly<Record<string, () => WsSetup>> = {
  echo: () => ({ onConnection: echo }),
  // ws has no iteration of messages but that of its stream, which knows no text.
  iterate: () => ({ onConnection: iterate }),
  listen: () => ({ onConnection: (ws) => void ws.on("message", () => {}) }),
  unread,
  feed,
  pinged,
  secret: () => ({ onConnection: echo, commands: { litter } }),
  keeper,
};

function echo(ws: WebSocket): void {
  ws.on("message", (data, binary) => ws.send(data, { binary }));
}

async function iterate(ws: WebSocket): Promise<void> {
  const stream = createWebSocketStream(ws);
  stream.on("error", () => {});
  try {
    for await (const message of stream) {
      if (!stream.write(message)) await new Promise((resolve) => stream.once("drain", resolve));
    }
  } catch {
    // The peer has gone.
  }
}

function unread(): WsSetup {
  let closed = 0;
  return {
    onConnection: (ws) => {
      ws.pause();
      ws.on("close", () => closed++);
    },
    commands: { closed: () => closed },
  };
}

function feed(): WsSetup {
  let last: WebSocket | undefined;
  return {
    onConnection: (ws) => {
      last = ws;
      ws.on("message", () => {});
    },
    commands: {
      feed: ({ count, size }: { count: number; size: number }) => feedOne(last!, count, size),
    },
  };
}

/** @returns what counts as waiting, in bytes */
export async function feedOne(ws: WebSocket, count: number, size: number): Promise<number> {
  let queued = 0;
  while (queued < count && ws.readyState === ws.OPEN) {
    ws.send(Buffer.alloc(size, "a"));
    await new Promise((resolve) => setImmediate(resolve));
    if (ws.bufferedAmount > 0) queued++;
  }
  return ws.bufferedAmount;
}

function pinged(): WsSetup {
  let last: WebSocket | undefined;
  return {
    onConnection: (ws) => {
      last = ws;
    },
    commands: {
      ping: (count: number) => {
        for (let i = 0; i < count; i++) last!.ping(`ping ${i}`);
      },
    },
  };
}

function keeper(): WsSetup {
  const kept: unknown[] = [];
  return {
    onConnection: (ws) => {
      ws.on("message", (data, binary) => {
        if (binary) kept.push(data);
      });
    },
    commands: { kept: () => kept.length },
  };
}
